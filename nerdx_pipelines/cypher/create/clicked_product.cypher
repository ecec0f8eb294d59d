UNWIND $rows AS row
MATCH (u:User {shopify_id: row.user_id})
MATCH (p:Product {shopify_id: row.product_id})
CREATE (u)-[:CLICKED {
  event_id: row.event_id,
  content_id: row.content_id,
  at: datetime(row.clicked_at)
}]->(p)
