UNWIND $rows AS row
MATCH (u:User {shopify_id: row.user_id})
MATCH (p:Product {shopify_id: row.product_id})
CREATE (u)-[:RECOMMENDED {slot: row.slot, rank: row.rank, score: row.score}]->(p)
