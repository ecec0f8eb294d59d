UNWIND $rows AS row
MATCH (u:User {shopify_id: row.user_id})
MATCH (c:Content {content_id: row.content_id})
CREATE (u)-[:RECOMMENDED {slot: row.slot, rank: row.rank, score: row.score}]->(c)
