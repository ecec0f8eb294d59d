-- One row: a product of world_items, the most popular first, by its number in world_products.
SELECT products.product_number
FROM world_items AS items
INNER JOIN world_products AS products USING (product_id)
ORDER BY items.item_number;
