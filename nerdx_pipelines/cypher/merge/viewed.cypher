// From the user, who has few such edges; a content may have a million.
UNWIND $rows AS row
MATCH (u:User {shopify_id: row.user_id})
MATCH (c:Content {content_id: row.content_id})
MERGE (u)-[n:VIEWED {event_id: row.event_id}]->(c)
SET n.viewed_at = datetime(row.viewed_at)
