UNWIND $rows AS row
MATCH (c:Content {content_id: row.content_id})
MATCH (p:Product {shopify_id: row.product_id})
CREATE (c)-[:FEATURES {
  valid: row.valid,
  valid_from: datetime(row.valid_from),
  valid_to: datetime(row.valid_to)
}]->(p)
