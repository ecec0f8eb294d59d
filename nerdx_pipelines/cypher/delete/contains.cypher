UNWIND $rows AS row
MATCH (:Purchase {purchase_id: row.purchase_id})-[n:CONTAINS {line_id: row.line_id}]->(:Product {shopify_id: row.product_id})
DELETE n
