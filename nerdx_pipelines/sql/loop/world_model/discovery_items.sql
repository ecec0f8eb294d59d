-- One row: a product that EASE knows, by its number in world_products.
SELECT products.product_number
FROM discovery_items AS items
INNER JOIN world_products AS products USING (product_id)
ORDER BY items.item_number;
