UNWIND $rows AS row
MERGE (n:User {shopify_id: row.shopify_id})
SET n.lifetime_value = row.lifetime_value, n.currency = row.currency
