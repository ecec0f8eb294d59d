UNWIND $rows AS row
MATCH (:Purchase {purchase_id: row.purchase_id})<-[n:MADE_PURCHASE]-(:User {shopify_id: row.user_id})
DELETE n
