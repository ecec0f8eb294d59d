UNWIND $rows AS row
MATCH (b:Purchase {purchase_id: row.purchase_id})
MATCH (p:Product {shopify_id: row.product_id})
MERGE (b)-[n:CONTAINS {line_id: row.line_id}]->(p)
SET n.quantity = row.quantity, n.price = row.price, n.net_units = row.net_units
