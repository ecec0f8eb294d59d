UNWIND $rows AS row
MATCH (u:User {shopify_id: row.user_id})
MATCH (c:Content {content_id: row.content_id})
MERGE (u)-[n:CLICKED {event_id: row.event_id}]->(c)
SET n.at = datetime(row.clicked_at)
