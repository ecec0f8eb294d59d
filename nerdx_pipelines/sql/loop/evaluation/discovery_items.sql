-- One row: a product of the discovery lists, in their order, by number of the evaluation.
SELECT products.product_number AS number
FROM discovery_items AS theirs
INNER JOIN evaluation_products AS products USING (product_id)
ORDER BY theirs.item_number
