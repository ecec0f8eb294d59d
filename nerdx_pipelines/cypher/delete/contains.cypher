// Found before the first goes: the embedded engine stumbles over edges it has just deleted.
UNWIND $rows AS row
MATCH (:Purchase {purchase_id: row.purchase_id})-[n:CONTAINS {line_id: row.line_id}]->(:Product {shopify_id: row.product_id})
WITH collect(n) AS gone
FOREACH (n IN gone | DELETE n)
