UNWIND $rows AS row
MATCH (b:Purchase {purchase_id: row.purchase_id})
MATCH (c:Content {content_id: row.content_id})
CREATE (b)<-[:ATTRIBUTED_TO {
  model: row.model,
  window_days: row.window_days,
  credit: row.credit,
  share: row.share,
  currency: row.currency
}]-(c)
