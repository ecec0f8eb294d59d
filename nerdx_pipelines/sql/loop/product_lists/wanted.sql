-- One row a product's list, as it is to be in the shop.
SELECT product_id, kind, list(recommended_product_id ORDER BY rank) AS recommended_product_ids
FROM loop.product_recommendations
GROUP BY product_id, kind
