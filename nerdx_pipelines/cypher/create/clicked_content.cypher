UNWIND $rows AS row
MATCH (u:User {shopify_id: row.user_id})
MATCH (c:Content {content_id: row.content_id})
CREATE (u)-[:CLICKED {event_id: row.event_id, at: datetime(row.clicked_at)}]->(c)
