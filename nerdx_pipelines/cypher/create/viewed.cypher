UNWIND $rows AS row
MATCH (u:User {shopify_id: row.user_id})
MATCH (c:Content {content_id: row.content_id})
CREATE (u)-[:VIEWED {event_id: row.event_id, viewed_at: datetime(row.viewed_at)}]->(c)
