UNWIND $rows AS row
MATCH (c:Content {content_id: row.content_id})
MATCH (p:Product {shopify_id: row.product_id})
MERGE (c)-[n:FEATURES {valid: row.valid}]->(p)
SET n.valid_from = datetime(row.valid_from), n.valid_to = datetime(row.valid_to)
