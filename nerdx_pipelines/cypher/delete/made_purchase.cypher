// Found before the first goes: the embedded engine stumbles over edges it has just deleted.
UNWIND $rows AS row
MATCH (:Purchase {purchase_id: row.purchase_id})<-[n:MADE_PURCHASE]-(:User {shopify_id: row.user_id})
WITH collect(n) AS gone
FOREACH (n IN gone | DELETE n)
