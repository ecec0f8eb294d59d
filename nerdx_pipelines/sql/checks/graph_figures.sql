-- One row: a figure as the warehouse's own tables have it, of a part small enough to search, in
-- ten-thousandths. What the graph makes of it: cypher/queries/figures.
WITH orders AS (
    SELECT
        order_id,
        customer_id,
        currency
    FROM staging.orders
    WHERE test IS NOT TRUE
),

spent AS (
    SELECT
        orders.customer_id,
        orders.currency,
        count(DISTINCT orders.order_id) AS purchases,
        sum(order_lines.net_revenue) AS net_revenue
    FROM orders
    LEFT JOIN staging.order_lines ON orders.order_id = order_lines.order_id
    WHERE orders.customer_id IS NOT NULL
    GROUP BY orders.customer_id, orders.currency
),

-- Of the currency in which the customer bought most often.
lifetime AS (
    SELECT DISTINCT ON (customer_id)
        currency,
        net_revenue,
        right(customer_id::VARCHAR, 2) AS ending
    FROM spent
    ORDER BY customer_id ASC, purchases DESC, currency ASC
),

contents AS (
    SELECT
        content_id,
        max(views) AS views,
        max(clicks) AS clicks,
        sum(conversions) AS conversions,
        -- of the currency in which it sold most often
        first(attributed_revenue ORDER BY conversions DESC, currency ASC) AS attributed_revenue
    FROM kpi.content_kpis
    SEMI JOIN staging.content USING (content_id)
    GROUP BY content_id
),

content_figures AS (
    UNPIVOT (
        SELECT
            content_id,
            views::DECIMAL(38, 4) AS views,
            clicks::DECIMAL(38, 4) AS clicks,
            conversions::DECIMAL(38, 4) AS conversions,
            attributed_revenue::DECIMAL(38, 4) AS attributed_revenue
        FROM contents
    )
    ON views, clicks, conversions, attributed_revenue
    INTO NAME figure VALUE amount
),

figures AS (
    SELECT
        'lifetime_value' AS figure,
        currency || ', customers ending in ' || ending AS part,
        net_revenue AS amount
    FROM lifetime
    UNION ALL
    SELECT figure, content_id AS part, amount FROM content_figures
    UNION ALL
    SELECT
        'credit' AS figure,
        concat_ws(', ', credits.model, credits.window_days || ' days', credits.currency) AS part,
        credits.credit AS amount
    FROM attribution.credits AS credits
    SEMI JOIN staging.content AS catalog ON credits.content_id = catalog.content_id
    SEMI JOIN orders ON credits.order_id = orders.order_id
    WHERE credits.touch_policy = 'all' AND credits.model <> 'any_touch'
)

SELECT
    figure,
    part,
    (sum(amount) * 10000)::BIGINT AS amount
FROM figures
GROUP BY figure, part
HAVING amount <> 0
