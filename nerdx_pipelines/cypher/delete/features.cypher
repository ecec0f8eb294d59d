UNWIND $rows AS row
MATCH (:Content {content_id: row.content_id})-[n:FEATURES {valid: row.valid}]->(:Product {shopify_id: row.product_id})
DELETE n
