-- One row a segment of customers and currency: by how often they bought, and how long ago. `new`:
-- a first order in the last 28 days; `returning`: a later one in them; `lapsing`: none for 28
-- days; `lapsed`: none for 90.
WITH last_day AS (
    SELECT max(order_day) AS day FROM staging.orders
),

customers AS (  -- one row a customer and currency
    SELECT
        customer_id, currency, count(DISTINCT order_id) AS orders, sum(net_revenue) AS net_revenue,
        max(order_day) AS last_order_day
    FROM staging.live_lines
    WHERE customer_id IS NOT NULL
    GROUP BY customer_id, currency
)

SELECT
    CASE
        WHEN last_order_day <= (SELECT day FROM last_day) - 90 THEN 'lapsed'
        WHEN last_order_day <= (SELECT day FROM last_day) - 28 THEN 'lapsing'
        WHEN orders = 1 THEN 'new'
        ELSE 'returning'
    END AS segment,
    currency, count(*) AS customers, sum(orders)::BIGINT AS orders,
    sum(net_revenue) AS net_revenue
FROM customers
GROUP BY segment, currency
ORDER BY segment, currency
