UNWIND $rows AS row
CREATE (:User {
  shopify_id: row.shopify_id,
  lifetime_value: row.lifetime_value,
  currency: row.currency
})
