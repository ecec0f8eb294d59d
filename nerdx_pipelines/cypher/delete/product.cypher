UNWIND $rows AS row
MATCH (n:Product {shopify_id: row.shopify_id})
DETACH DELETE n
