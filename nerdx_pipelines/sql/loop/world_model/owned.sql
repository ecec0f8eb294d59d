-- One row: one of world_users and a product of world_items that they had.
SELECT DISTINCT users.user_number, items.item_number
FROM past_lines
INNER JOIN world_users AS users USING (user_id)
INNER JOIN world_items AS items USING (product_id)
ORDER BY users.user_number, items.item_number;
