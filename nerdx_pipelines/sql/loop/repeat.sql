-- What users bought before and may want again, and how readily it is bought again at all.

-- One row: a product in one of a user's orders.
CREATE OR REPLACE TEMP TABLE ordered_products AS
SELECT DISTINCT user_id, order_id, product_id, processed_at
FROM kept_lines;

-- The four whole weeks that tell what is bought again: by the week, so that lists do not change
-- every night.
SET VARIABLE judged_until = (
    date_trunc('week', shop_day(getvariable('as_of')::TIMESTAMPTZ))::TIMESTAMP
    AT TIME ZONE getvariable('timezone')
);
SET VARIABLE judged_from = getvariable('judged_until')::TIMESTAMPTZ - to_hours(24 * 28);

-- One row: a product, and how much sooner than others it is bought again by those who have it.
-- That is the orders of these weeks, over the fading number of those before; 30 orders of an
-- average product are added to both, so that a few prove nothing. Its square root says more than
-- itself, since a frequency knows a part of it already; in steps of a twelfth, since less is noise.
CREATE OR REPLACE TEMP TABLE readiness AS
WITH former AS (
    SELECT
        user_id, product_id,
        sum(faded(
            processed_at, getvariable('judged_from')::TIMESTAMPTZ,
            getvariable('repeat_half_life_days')
        )) AS orders
    FROM ordered_products
    WHERE processed_at < getvariable('judged_from')::TIMESTAMPTZ
    GROUP BY user_id, product_id
),

again AS (
    SELECT product_id, count(*) AS orders
    FROM ordered_products
    SEMI JOIN former USING (user_id, product_id)
    WHERE
        processed_at >= getvariable('judged_from')::TIMESTAMPTZ
        AND processed_at < getvariable('judged_until')::TIMESTAMPTZ
    GROUP BY product_id
),

products AS (
    SELECT
        product_id, former.orders::DOUBLE / 2::DOUBLE ** 60 AS orders,
        coalesce(again.orders, 0) AS orders_again
    FROM (SELECT product_id, sum(orders) AS orders FROM former GROUP BY product_id) AS former
    LEFT JOIN again USING (product_id)
),

shop AS (
    SELECT
        sum(orders)::DOUBLE / 2::DOUBLE ** 60 / (SELECT sum(orders) FROM again) AS orders_each
    FROM former
)

SELECT
    product_id,
    2 ** (
        round(4 * log2((products.orders_again * shop.orders_each + 30) / (products.orders + 30)))
        / 8
    ) AS readiness
FROM products
CROSS JOIN shop
WHERE shop.orders_each IS NOT NULL;

-- One row: a place in a user's list. The score is the number of orders with the product, each
-- fading with its age at the user's last one, times the product's readiness, as part of the
-- user's best: what passes without an order of the user's changes nothing.
CREATE OR REPLACE TEMP TABLE repeat_lists AS
WITH frequencies AS (
    SELECT
        user_id, product_id,
        sum(faded(
            processed_at, last_processed_at, getvariable('repeat_half_life_days')
        ))::DOUBLE AS orders
    FROM (
        SELECT *, max(processed_at) OVER (PARTITION BY user_id) AS last_processed_at
        FROM ordered_products
    )
    SEMI JOIN sellable_products USING (product_id)
    GROUP BY user_id, product_id
),

scores AS (
    SELECT
        user_id, product_id,
        orders * coalesce(readiness.readiness, 1) AS wanted
    FROM frequencies
    LEFT JOIN readiness USING (product_id)
),

shares AS (
    SELECT
        user_id, product_id,
        round(coalesce(wanted / nullif(max(wanted) OVER (PARTITION BY user_id), 0), 0), 6) AS score
    FROM scores
)

SELECT
    user_id, product_id, score,
    row_number() OVER (PARTITION BY user_id ORDER BY score DESC, product_id) AS rank
FROM shares
QUALIFY rank <= getvariable('length');
