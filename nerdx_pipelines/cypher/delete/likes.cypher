UNWIND $rows AS row
MATCH (:User {shopify_id: row.user_id})-[n:LIKES]->(:Taste {taste_id: row.taste_id})
DELETE n
