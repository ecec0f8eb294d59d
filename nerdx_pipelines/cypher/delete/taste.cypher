UNWIND $rows AS row
MATCH (n:Taste {taste_id: row.taste_id})
DETACH DELETE n
