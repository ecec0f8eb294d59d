// From the user, who has few such edges; a taste may have a million.
UNWIND $rows AS row
MATCH (u:User {shopify_id: row.user_id})
MATCH (t:Taste {taste_id: row.taste_id})
MERGE (u)-[n:LIKES]->(t)
SET n.weight = row.weight
