// From the purchase, which has one such edge; a user may have many.
UNWIND $rows AS row
MATCH (b:Purchase {purchase_id: row.purchase_id})
MATCH (u:User {shopify_id: row.user_id})
MERGE (b)<-[:MADE_PURCHASE]-(u)
