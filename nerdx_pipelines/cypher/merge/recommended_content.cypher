UNWIND $rows AS row
MATCH (u:User {shopify_id: row.user_id})
MATCH (c:Content {content_id: row.content_id})
MERGE (u)-[n:RECOMMENDED {slot: row.slot}]->(c)
SET n.rank = row.rank, n.score = row.score
