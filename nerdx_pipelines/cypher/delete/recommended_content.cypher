UNWIND $rows AS row
MATCH (:User {shopify_id: row.user_id})-[n:RECOMMENDED {slot: row.slot}]->(:Content {content_id: row.content_id})
DELETE n
