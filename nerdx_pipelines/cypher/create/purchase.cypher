UNWIND $rows AS row
CREATE (:Purchase {
  purchase_id: row.purchase_id,
  shopify_order_id: row.shopify_order_id,
  total_amount: row.total_amount,
  currency: row.currency,
  financial_status: row.financial_status,
  status: row.status,
  timestamp: datetime(row.processed_at)
})
