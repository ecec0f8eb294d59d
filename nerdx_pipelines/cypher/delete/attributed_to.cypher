UNWIND $rows AS row
MATCH (:Purchase {purchase_id: row.purchase_id})<-[n:ATTRIBUTED_TO {model: row.model, window_days: row.window_days}]-(:Content {content_id: row.content_id})
DELETE n
