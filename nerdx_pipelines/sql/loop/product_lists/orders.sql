-- What was bought together, for the complementary lists: by order, whoever ordered.

-- One row: a product kept in an order. An order of more than 50 products fills somebody's
-- shelves: it tells of no pair, and would tell of more pairs than all others.
CREATE OR REPLACE TEMP TABLE baskets AS
SELECT order_id, product_id
FROM (
    SELECT DISTINCT order_id, product_id
    FROM staging.live_lines
    WHERE product_id IS NOT NULL AND quantity > returned_quantity
)
QUALIFY count(*) OVER (PARTITION BY order_id) <= 50;

-- One row: a product that enough orders have to tell of it, the most ordered ones.
CREATE OR REPLACE TEMP TABLE basket_products AS
SELECT product_id, count(*) AS orders
FROM baskets
GROUP BY product_id
HAVING count(*) >= getvariable('support')
ORDER BY orders DESC, product_id ASC
LIMIT (getvariable('most_ordered'));

-- One row: two products and how many orders have both.
CREATE OR REPLACE TEMP TABLE basket_pairs AS
WITH known AS (
    SELECT order_id, product_id
    FROM baskets
    SEMI JOIN basket_products USING (product_id)
)

SELECT
    one.product_id AS lower_product_id, other.product_id AS higher_product_id,
    count(*) AS orders
FROM known AS one
INNER JOIN known AS other
    ON one.order_id = other.order_id AND one.product_id < other.product_id
GROUP BY lower_product_id, higher_product_id
HAVING count(*) >= getvariable('support');
