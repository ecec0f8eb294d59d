-- Whom we know by content only, for the cold-start slot: these users, the products most bought
-- by others, and the values these products have, each numbered from 0 (the most popular product
-- is 0); then which product has which value, and the users' tastes for the values.
CREATE OR REPLACE TEMP TABLE cold_start_items AS
SELECT product_id, row_number() OVER (ORDER BY buyers DESC, product_id) - 1 AS item_number
FROM (
    SELECT product_id, count(DISTINCT user_id) AS buyers
    FROM sellable_products
    LEFT JOIN kept_lines USING (product_id)
    GROUP BY product_id
    ORDER BY buyers DESC, product_id ASC
    LIMIT (getvariable('most_bought'))
);

CREATE OR REPLACE TEMP TABLE cold_start_users AS
SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS user_number
FROM (SELECT DISTINCT user_id FROM known_touches)
ANTI JOIN kept_lines USING (user_id);

CREATE OR REPLACE TEMP TABLE cold_start_values AS
SELECT family, value, row_number() OVER (ORDER BY family, value) - 1 AS value_number
FROM (
    SELECT DISTINCT family, value
    FROM product_attributes
    SEMI JOIN cold_start_items USING (product_id)
);

CREATE OR REPLACE TEMP TABLE cold_start_pairs AS
SELECT found.value_number, items.item_number
FROM cold_start_items AS items
INNER JOIN product_attributes USING (product_id)
INNER JOIN cold_start_values AS found USING (family, value);

CREATE OR REPLACE TEMP TABLE cold_start_tastes AS
SELECT users.user_number, found.value_number, tastes.weight
FROM loop.taste_profiles AS tastes
INNER JOIN cold_start_users AS users USING (user_id)
INNER JOIN cold_start_values AS found USING (family, value);
