-- One row: a product that is in orders with another more often than chance would have it. Its
-- score is the lift, the orders with both per order that chance would make (orders of one x
-- orders of the other / all), with `doubt` more of the latter: so that a few orders of two rare
-- products prove less than many of two common ones.
CREATE OR REPLACE TEMP TABLE complementary_lists AS
WITH pairs AS (
    SELECT lower_product_id AS product_id, higher_product_id AS recommended_product_id, orders
    FROM basket_pairs
    UNION ALL
    SELECT higher_product_id AS product_id, lower_product_id AS recommended_product_id, orders
    FROM basket_pairs
),

expected AS (
    SELECT
        pairs.product_id, pairs.recommended_product_id, pairs.orders,
        one.orders * other.orders
        / (SELECT count(DISTINCT order_id) FROM baskets) AS by_chance
    FROM pairs
    INNER JOIN basket_products AS one USING (product_id)
    INNER JOIN basket_products AS other
        ON pairs.recommended_product_id = other.product_id
    SEMI JOIN sellable_products
        ON pairs.recommended_product_id = sellable_products.product_id
)

SELECT
    product_id, recommended_product_id,
    round(orders / (by_chance + getvariable('doubt')), 6) AS score,
    row_number() OVER (
        PARTITION BY product_id ORDER BY score DESC, recommended_product_id ASC
    ) AS rank
FROM expected
WHERE orders > by_chance
QUALIFY rank <= getvariable('length');
