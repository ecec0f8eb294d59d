-- One row a place in a list, of the three slots' lists; two of them speak in numbers of users
-- and items.
SELECT user_id, 'repeat' AS slot, rank, product_id, score, getvariable('as_of') AS as_of
FROM repeat_lists
UNION ALL
SELECT user_id, 'discovery' AS slot, rank, product_id, score, getvariable('as_of') AS as_of
FROM discovery_lists
INNER JOIN discovery_users USING (user_number)
INNER JOIN discovery_items USING (item_number)
UNION ALL
SELECT user_id, 'cold_start' AS slot, rank, product_id, score, getvariable('as_of') AS as_of
FROM cold_start_lists
INNER JOIN cold_start_users USING (user_number)
INNER JOIN cold_start_items USING (item_number)
ORDER BY user_id, slot, rank
