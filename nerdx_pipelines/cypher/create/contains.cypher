UNWIND $rows AS row
MATCH (b:Purchase {purchase_id: row.purchase_id})
MATCH (p:Product {shopify_id: row.product_id})
CREATE (b)-[:CONTAINS {
  line_id: row.line_id,
  quantity: row.quantity,
  price: row.price,
  net_units: row.net_units
}]->(p)
