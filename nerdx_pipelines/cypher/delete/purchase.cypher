UNWIND $rows AS row
MATCH (n:Purchase {purchase_id: row.purchase_id})
DETACH DELETE n
