UNWIND $rows AS row
MERGE (n:Product {shopify_id: row.shopify_id})
SET
  n.title = row.title,
  n.product_type = row.product_type,
  n.vendor = row.vendor,
  n.status = row.status
