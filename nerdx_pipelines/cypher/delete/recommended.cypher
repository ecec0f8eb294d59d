UNWIND $rows AS row
MATCH (:User {shopify_id: row.user_id})-[n:RECOMMENDED {slot: row.slot}]->(:Product {shopify_id: row.product_id})
DELETE n
