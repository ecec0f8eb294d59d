UNWIND $rows AS row
MATCH (n:User {shopify_id: row.shopify_id})
DETACH DELETE n
