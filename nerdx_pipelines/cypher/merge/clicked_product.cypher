UNWIND $rows AS row
MATCH (u:User {shopify_id: row.user_id})
MATCH (p:Product {shopify_id: row.product_id})
MERGE (u)-[n:CLICKED {event_id: row.event_id}]->(p)
SET n.content_id = row.content_id, n.at = datetime(row.clicked_at)
