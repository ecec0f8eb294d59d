-- One row: see world_purchases.
SELECT user_number, product_number, is_novel
FROM world_purchases
ORDER BY user_number, product_number;
