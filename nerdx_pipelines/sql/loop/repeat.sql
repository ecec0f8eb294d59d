-- One row: a product that a user bought before and may want again. Its score is the number of
-- orders with it, each fading with its age.
CREATE OR REPLACE TEMP TABLE repeat_lists AS
WITH frequencies AS (
    SELECT
        user_id, product_id,
        round(
            sum(decayed(processed_at, getvariable('repeat_half_life_days')))::DOUBLE
            / 2::DOUBLE ** 60, 6
        ) AS score
    FROM (SELECT DISTINCT user_id, order_id, product_id, processed_at FROM kept_lines)
    SEMI JOIN sellable_products USING (product_id)
    GROUP BY user_id, product_id
)

SELECT
    user_id, product_id, score,
    row_number() OVER (PARTITION BY user_id ORDER BY score DESC, product_id) AS rank
FROM frequencies
QUALIFY rank <= getvariable('length');
