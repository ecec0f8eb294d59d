-- One row: a customer, or a person known only by an order or a content touch.
WITH people AS (
    SELECT customer_id AS user_id FROM staging.customers
    UNION
    SELECT user_id FROM staging.touches
    UNION
    SELECT customer_id AS user_id FROM staging.orders
    WHERE test IS NOT TRUE
),

spent AS (
    SELECT
        orders.customer_id AS user_id,
        orders.currency,
        count(DISTINCT orders.order_id) AS purchases,
        sum(order_lines.net_revenue) AS net_revenue
    FROM staging.orders
    LEFT JOIN staging.order_lines ON orders.order_id = order_lines.order_id
    WHERE orders.test IS NOT TRUE
    GROUP BY orders.customer_id, orders.currency
),

-- Amounts of two currencies cannot be added: the one used most often counts.
spent_mostly AS (
    SELECT DISTINCT ON (user_id) *
    FROM spent
    ORDER BY user_id ASC, purchases DESC, currency ASC
)

SELECT
    people.user_id::VARCHAR AS shopify_id,
    coalesce(spent_mostly.net_revenue, 0)::DOUBLE AS lifetime_value,
    spent_mostly.currency
FROM people
LEFT JOIN spent_mostly ON people.user_id = spent_mostly.user_id
WHERE people.user_id IS NOT NULL
