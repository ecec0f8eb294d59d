-- One row a product and currency sold in the last 28 days of the data: what it sold then, and in
-- the 28 days before. Most units first.
WITH last_day AS (
    SELECT max(order_day) AS day FROM staging.orders
),

sold AS (
    SELECT
        product_id, currency,
        order_day > (SELECT day FROM last_day) - 28 AS is_recent,
        quantity - returned_quantity AS units, net_revenue, order_id, customer_id
    FROM staging.live_lines
    WHERE product_id IS NOT NULL AND order_day > (SELECT day FROM last_day) - 56
)

SELECT
    sold.product_id::VARCHAR AS product_id, any_value(products.title) AS title,
    any_value(products.product_type) AS product_type, any_value(products.vendor) AS vendor,
    sold.currency,
    count(DISTINCT sold.order_id) FILTER (WHERE sold.is_recent) AS orders,
    count(DISTINCT sold.customer_id) FILTER (WHERE sold.is_recent) AS customers,
    coalesce(sum(sold.units) FILTER (WHERE sold.is_recent), 0)::BIGINT AS units,
    coalesce(sum(sold.net_revenue) FILTER (WHERE sold.is_recent), 0) AS net_revenue,
    coalesce(sum(sold.units) FILTER (WHERE NOT sold.is_recent), 0)::BIGINT AS units_before,
    coalesce(sum(sold.net_revenue) FILTER (WHERE NOT sold.is_recent), 0) AS net_revenue_before
FROM sold
LEFT JOIN staging.products AS products USING (product_id)
GROUP BY sold.product_id, sold.currency
HAVING bool_or(sold.is_recent)
ORDER BY units DESC, net_revenue DESC, product_id
LIMIT 100
