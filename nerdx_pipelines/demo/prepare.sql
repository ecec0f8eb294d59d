-- Temp tables beside those of the folder, for its rules and for fill.sql:
-- `settings` (one row: the shop), `orders` (one row an order, as its first line says), and
-- what optional files may leave out: customers and each product's one default variant.
CREATE TEMP TABLE settings AS
SELECT
    coalesce((SELECT any_value(name) FROM shop), 'Demo store') AS name,
    coalesce((SELECT any_value(timezone) FROM shop), 'UTC') AS timezone,
    coalesce((SELECT any_value(currency) FROM shop), (
        SELECT currency
        FROM order_lines
        GROUP BY currency
        ORDER BY count(*) DESC, currency
        LIMIT 1
    )) AS currency,
    coalesce((SELECT any_value(taxes_included) FROM shop), FALSE) AS taxes_included,
    least(
        (SELECT min(processed_at) FROM order_lines), (SELECT min(touched_at) FROM touches)
    ) AS first_at,
    greatest(
        (SELECT max(processed_at) FROM order_lines), (SELECT max(cancelled_at) FROM order_lines),
        (SELECT max(created_at) FROM refunds), (SELECT max(touched_at) FROM touches)
    ) AS last_at;

CREATE TEMP TABLE orders AS
WITH firsts AS (SELECT min(rowid) AS line FROM order_lines GROUP BY order_id)

SELECT
    order_id,
    customer_id,
    currency,
    processed_at,
    cancelled_at,
    test,
    presentment_currency,
    presentment_rate,
    journey_ready
FROM order_lines
WHERE rowid IN (SELECT line FROM firsts);

INSERT INTO product_variants BY NAME
SELECT
    product_id AS variant_id,
    product_id,
    'Default Title' AS title,
    price,
    inventory AS inventory_quantity,
    unit_cost
FROM products
WHERE product_id NOT IN (SELECT product_id FROM product_variants);
