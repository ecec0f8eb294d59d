UNWIND $rows AS row
MATCH (:User {shopify_id: row.user_id})-[n:CLICKED {event_id: row.event_id}]->(:Product {shopify_id: row.product_id})
DELETE n
