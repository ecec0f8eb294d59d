UNWIND $rows AS row
MERGE (n:Purchase {purchase_id: row.purchase_id})
SET
  n.shopify_order_id = row.shopify_order_id,
  n.total_amount = row.total_amount,
  n.currency = row.currency,
  n.financial_status = row.financial_status,
  n.status = row.status,
  n.timestamp = datetime(row.processed_at)
