UNWIND $rows AS row
MATCH (b:Purchase {purchase_id: row.purchase_id})
MATCH (u:User {shopify_id: row.user_id})
CREATE (b)<-[:MADE_PURCHASE]-(u)
