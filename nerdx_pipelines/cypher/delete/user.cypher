// Where others have put properties, labels or edges on it, it keeps them and its key.
UNWIND $rows AS row
MATCH (n:User {shopify_id: row.shopify_id})
SET n.lifetime_value = NULL, n.currency = NULL
WITH n
WHERE size(keys(n)) = 1 AND size(labels(n)) = 1 AND NOT (n)--()
DELETE n
