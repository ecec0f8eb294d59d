-- Whom we know by content only, for the cold-start slot: users, the products most bought by
-- others and the values these products have, each numbered from 0; the users' tastes for the
-- values. The first product is the most popular.
CREATE OR REPLACE TEMP TABLE cold_items AS
SELECT
    product_id, row_number() OVER (ORDER BY buyers DESC, product_id) - 1 AS item, TRUE AS sellable
FROM (
    SELECT product_id, count(DISTINCT user_id) AS buyers
    FROM sellable_products
    LEFT JOIN kept_lines USING (product_id)
    GROUP BY product_id
    ORDER BY buyers DESC, product_id ASC
    LIMIT (getvariable('most_bought'))
);

CREATE OR REPLACE TEMP TABLE cold_users AS
SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS number
FROM (
    SELECT DISTINCT user_id
    FROM staging.touches
    WHERE user_id IS NOT NULL AND user_id NOT IN (SELECT user_id FROM kept_lines)
);

CREATE OR REPLACE TEMP TABLE cold_values AS
SELECT
    items.item, attributes.family, attributes.value,
    dense_rank() OVER (ORDER BY attributes.family, attributes.value) - 1 AS number
FROM product_attributes AS attributes
INNER JOIN cold_items AS items USING (product_id);

CREATE OR REPLACE TEMP TABLE cold_signals AS
SELECT users.number, vals.number AS item, tastes.weight AS value
FROM loop.taste_profiles AS tastes
INNER JOIN cold_users AS users USING (user_id)
INNER JOIN (SELECT DISTINCT family, value, number FROM cold_values) AS vals USING (family, value);
