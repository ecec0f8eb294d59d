-- One row a product that a user bought before and may want again: the number of orders with it,
-- each fading with its age.
WITH frequencies AS (
    SELECT
        user_id, product_id,
        round(sum(decayed(processed_at, 90))::DOUBLE / 2::DOUBLE ** 60, 6) AS score
    FROM (SELECT DISTINCT user_id, order_id, product_id, processed_at FROM kept_lines)
    SEMI JOIN sellable_products USING (product_id)
    GROUP BY user_id, product_id
)

SELECT
    user_id,
    row_number() OVER (PARTITION BY user_id ORDER BY score DESC, product_id) AS rank,
    product_id, score
FROM frequencies
QUALIFY rank <= getvariable('length')
