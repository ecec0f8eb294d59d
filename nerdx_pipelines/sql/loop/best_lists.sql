-- One row: a place in a list, of the four slots' lists, as they are before anything is left to
-- chance; three of them speak in numbers of users and items.
CREATE OR REPLACE TEMP TABLE best_lists AS
SELECT user_id, 'repeat' AS slot, rank, product_id, NULL::VARCHAR AS content_id, score
FROM repeat_lists
UNION ALL
SELECT user_id, 'discovery' AS slot, rank, product_id, NULL AS content_id, score
FROM discovery_lists
INNER JOIN discovery_users USING (user_number)
INNER JOIN discovery_items USING (item_number)
UNION ALL
SELECT user_id, 'cold_start' AS slot, rank, product_id, NULL AS content_id, score
FROM cold_start_lists
INNER JOIN cold_start_users USING (user_number)
INNER JOIN cold_start_items USING (item_number)
UNION ALL
SELECT user_id, 'content' AS slot, rank, NULL AS product_id, content_id, score
FROM content_lists
INNER JOIN content_users USING (user_number)
INNER JOIN content_items USING (item_number);
