// Found before the first goes: the embedded engine stumbles over edges it has just deleted.
UNWIND $rows AS row
MATCH (:Purchase {purchase_id: row.purchase_id})<-[n:ATTRIBUTED_TO {model: row.model, window_days: row.window_days}]-(:Content {content_id: row.content_id})
WITH collect(n) AS gone
FOREACH (n IN gone | DELETE n)
