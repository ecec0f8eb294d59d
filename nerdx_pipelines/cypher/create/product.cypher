UNWIND $rows AS row
CREATE (:Product {
  shopify_id: row.shopify_id,
  title: row.title,
  product_type: row.product_type,
  vendor: row.vendor,
  status: row.status
})
