// Found before the first goes: the embedded engine stumbles over edges it has just deleted.
UNWIND $rows AS row
MATCH (:User {shopify_id: row.user_id})-[n:VIEWED {event_id: row.event_id}]->(:Content {content_id: row.content_id})
WITH collect(n) AS gone
FOREACH (n IN gone | DELETE n)
