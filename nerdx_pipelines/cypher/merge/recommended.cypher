UNWIND $rows AS row
MATCH (u:User {shopify_id: row.user_id})
MATCH (p:Product {shopify_id: row.product_id})
MERGE (u)-[n:RECOMMENDED {slot: row.slot}]->(p)
SET n.rank = row.rank, n.score = row.score
