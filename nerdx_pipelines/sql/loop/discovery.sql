-- Who bought what, for the discovery slot: users and the most bought products, each numbered
-- from 0 (users in order of id, the product most users bought is 0), and the pairs of them.
CREATE OR REPLACE TEMP TABLE discovery_items AS
SELECT
    product_id, row_number() OVER (ORDER BY buyers DESC, product_id) - 1 AS item_number,
    product_id IN (SELECT product_id FROM sellable_products) AS sellable
FROM (
    SELECT product_id, count(DISTINCT user_id) AS buyers
    FROM kept_lines
    GROUP BY product_id
    ORDER BY buyers DESC, product_id ASC
    LIMIT (getvariable('most_bought'))
);

CREATE OR REPLACE TEMP TABLE discovery_users AS
SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS user_number
FROM (SELECT DISTINCT user_id FROM kept_lines SEMI JOIN discovery_items USING (product_id));

-- One row: a product that a user bought. `weight` is what it says of the products, fading since
-- the user bought it last; `interest` what it says of the user, of whose products the newest has
-- 1: what passes without a purchase does not change it. Both in 4,096ths, which makes sums exact.
CREATE OR REPLACE TEMP TABLE discovery_pairs AS
WITH pairs AS (
    SELECT users.user_number, items.item_number, max(kept_lines.processed_at) AS processed_at
    FROM kept_lines
    INNER JOIN discovery_users AS users USING (user_id)
    INNER JOIN discovery_items AS items USING (product_id)
    GROUP BY users.user_number, items.item_number
),

ages AS (
    SELECT
        user_number, item_number,
        decayed(processed_at, getvariable('discovery_half_life_days')) AS weight,
        faded(
            processed_at, max(processed_at) OVER (PARTITION BY user_number),
            getvariable('discovery_half_life_days')
        ) AS interest
    FROM pairs
)

SELECT
    user_number, item_number,
    greatest(round(weight::DOUBLE / 2::DOUBLE ** 48), 1) / 4096 AS weight,
    greatest(round(interest::DOUBLE / 2::DOUBLE ** 48), 1) / 4096 AS interest
FROM ages;
