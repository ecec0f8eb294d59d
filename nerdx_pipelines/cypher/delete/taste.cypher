// Where others have put properties, labels or edges on it, it keeps them and its key.
UNWIND $rows AS row
MATCH (n:Taste {taste_id: row.taste_id})
SET n.family = NULL, n.value = NULL
WITH n
WHERE size(keys(n)) = 1 AND size(labels(n)) = 1 AND NOT (n)--()
DELETE n
