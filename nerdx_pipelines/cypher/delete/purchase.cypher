// Where others have put properties, labels or edges on it, it keeps them and its key.
UNWIND $rows AS row
MATCH (n:Purchase {purchase_id: row.purchase_id})
SET
  n.shopify_order_id = NULL,
  n.total_amount = NULL,
  n.currency = NULL,
  n.financial_status = NULL,
  n.status = NULL,
  n.timestamp = NULL
WITH n
WHERE size(keys(n)) = 1 AND size(labels(n)) = 1 AND NOT (n)--()
DELETE n
