// From the purchase, which has few such edges; a content may have a million.
UNWIND $rows AS row
MATCH (b:Purchase {purchase_id: row.purchase_id})
MATCH (c:Content {content_id: row.content_id})
MERGE (b)<-[n:ATTRIBUTED_TO {model: row.model, window_days: row.window_days}]-(c)
SET n.credit = row.credit, n.share = row.share, n.currency = row.currency
