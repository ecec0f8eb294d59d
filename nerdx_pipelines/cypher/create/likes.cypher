UNWIND $rows AS row
MATCH (u:User {shopify_id: row.user_id})
MATCH (t:Taste {taste_id: row.taste_id})
CREATE (u)-[:LIKES {weight: row.weight}]->(t)
