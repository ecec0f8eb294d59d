UNWIND $rows AS row
CREATE (:Taste {taste_id: row.taste_id, family: row.family, value: row.value})
