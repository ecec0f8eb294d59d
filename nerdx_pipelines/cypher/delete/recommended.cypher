// Found before the first goes: the embedded engine stumbles over edges it has just deleted.
UNWIND $rows AS row
MATCH (:User {shopify_id: row.user_id})-[n:RECOMMENDED {slot: row.slot}]->(:Product {shopify_id: row.product_id})
WITH collect(n) AS gone
FOREACH (n IN gone | DELETE n)
