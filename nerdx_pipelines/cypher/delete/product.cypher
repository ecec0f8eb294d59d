// Where others have put properties, labels or edges on it, it keeps them and its key.
UNWIND $rows AS row
MATCH (n:Product {shopify_id: row.shopify_id})
SET n.title = NULL, n.product_type = NULL, n.vendor = NULL, n.status = NULL
WITH n
WHERE size(keys(n)) = 1 AND size(labels(n)) = 1 AND NOT (n)--()
DELETE n
