UNWIND $rows AS row
MERGE (n:Taste {taste_id: row.taste_id})
SET n.family = row.family, n.value = row.value
