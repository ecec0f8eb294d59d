// Found before the first goes: the embedded engine stumbles over edges it has just deleted.
UNWIND $rows AS row
MATCH (:Content {content_id: row.content_id})-[n:FEATURES {valid: row.valid}]->(:Product {shopify_id: row.product_id})
WITH collect(n) AS gone
FOREACH (n IN gone | DELETE n)
