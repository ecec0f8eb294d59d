-- One row a month, content and currency: the customers whose first purchase was in that month (of
-- the shop's time zone) and whose first touch before it, however long before, was of that content
-- (NULL: none is known). A customer who bought in two currencies is counted in each; revenue is of
-- one. Sums over 30, 60, 90 x 24 h after the first purchase are NULL until all customers are past.
DELETE FROM kpi.cohorts;

INSERT INTO kpi.cohorts BY NAME
WITH orders AS (  -- one row a live order of a known customer
    SELECT
        customer_id, order_id, currency, any_value(processed_at) AS processed_at,
        any_value(order_day) AS order_day, sum(net_revenue) AS net_revenue
    FROM staging.live_lines
    WHERE customer_id IS NOT NULL
    GROUP BY customer_id, order_id, currency
),

firsts AS (  -- one row a customer: their first order
    SELECT
        customer_id,
        arg_min(order_id, (processed_at, order_id)) AS order_id,
        min(processed_at) AS processed_at,
        date_trunc('month', arg_min(order_day, (processed_at, order_id)))::DATE AS cohort_month
    FROM orders
    GROUP BY customer_id
),

introductions AS (  -- one row a customer who touched content before their first order
    SELECT
        firsts.customer_id,
        arg_min(
            touches.content_id,
            (touches.touched_at, touches.touch_type = 'click', touches.content_id)
        ) AS content_id
    FROM staging.touches
    INNER JOIN firsts
        ON
            touches.user_id = firsts.customer_id
            AND touches.touched_at <= firsts.processed_at
    WHERE touches.content_id IN (SELECT content_id FROM staging.content)
    GROUP BY firsts.customer_id
),

purchases AS (  -- one row a live order, with how its customer came
    SELECT
        firsts.cohort_month, introductions.content_id, orders.currency, orders.customer_id,
        orders.order_id, orders.net_revenue,
        orders.order_id = firsts.order_id AS is_first,
        (epoch_us(orders.processed_at) - epoch_us(firsts.processed_at)) / 86400e6 AS age,
        (epoch_us((SELECT instant FROM staging.present)) - epoch_us(firsts.processed_at))
        / 86400e6 AS known_days
    FROM orders
    INNER JOIN firsts USING (customer_id)
    LEFT JOIN introductions USING (customer_id)
),

figures AS (
    SELECT
        cohort_month, content_id, currency, count(DISTINCT customer_id) AS customers,
        count(order_id) AS orders, min(known_days) AS known_days,
        coalesce(sum(net_revenue) FILTER (WHERE is_first), 0) AS new_revenue,
        coalesce(sum(net_revenue) FILTER (WHERE NOT is_first), 0) AS returning_revenue,
        coalesce(sum(net_revenue) FILTER (WHERE age < 30), 0) AS revenue_30,
        coalesce(sum(net_revenue) FILTER (WHERE age < 60), 0) AS revenue_60,
        coalesce(sum(net_revenue) FILTER (WHERE age < 90), 0) AS revenue_90
    FROM purchases
    GROUP BY cohort_month, content_id, currency
)

SELECT
    figures.cohort_month, figures.content_id, content.title, content.content_type,
    content.creator, figures.currency, figures.customers, figures.orders,
    figures.new_revenue, figures.returning_revenue,
    if(figures.known_days >= 30, figures.revenue_30, NULL) AS revenue_30,
    if(figures.known_days >= 60, figures.revenue_60, NULL) AS revenue_60,
    if(figures.known_days >= 90, figures.revenue_90, NULL) AS revenue_90,
    figures.known_days >= 90 AS is_mature
FROM figures
LEFT JOIN staging.content USING (content_id)
ORDER BY figures.cohort_month, figures.customers DESC, figures.content_id, figures.currency;
