UNWIND $rows AS row
MATCH (:User {shopify_id: row.user_id})-[n:CLICKED {event_id: row.event_id}]->(:Content {content_id: row.content_id})
DELETE n
