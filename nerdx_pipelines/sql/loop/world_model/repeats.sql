-- One row: a place in the repeat list of one of world_users.
SELECT users.user_number, repeat_lists.rank, products.product_number
FROM repeat_lists
INNER JOIN world_users AS users USING (user_id)
INNER JOIN world_products AS products USING (product_id)
ORDER BY users.user_number, repeat_lists.rank;
