-- One row a content and currency of its credits (the shop's own where it has none).
-- Conversions count distinct orders with a credited line: one order that several contents share
-- counts for each of them, fractional_orders do not.
DELETE FROM kpi.content_kpis;

INSERT INTO kpi.content_kpis BY NAME
WITH as_of AS (  -- the data's own present
    SELECT greatest(
        (SELECT max(touched_at) FROM staging.touches),
        (SELECT max(processed_at) FROM staging.orders)
    ) AS instant
),

matured AS (  -- one row a content and person whose window after the first view is over
    SELECT content_id, person(user_id, anonymous_id) AS viewer
    FROM staging.touches
    WHERE touch_type = 'view'
    GROUP BY ALL
    HAVING
        viewer IS NOT NULL
        AND min(touched_at) + to_hours(24 * getvariable('window_days'))
        <= (SELECT instant FROM as_of)
),

matured_viewers AS (  -- one row a content
    SELECT content_id, count(*) AS viewers
    FROM matured
    GROUP BY content_id
),

touched AS (  -- one row a content: who saw it
    SELECT
        content_id,
        count(DISTINCT event_id) FILTER (WHERE touch_type = 'view') AS views,
        count(DISTINCT event_id) FILTER (WHERE touch_type = 'click') AS clicks,
        count(DISTINCT viewer) FILTER (WHERE touch_type = 'view') AS unique_viewers,
        count(DISTINCT viewer) FILTER (WHERE touch_type = 'click') AS unique_clickers,
        min(touched_at) AS first_touch_at
    FROM (SELECT *, person(user_id, anonymous_id) AS viewer FROM staging.touches)
    GROUP BY content_id
),

clicked_after_view AS (  -- one row a content
    SELECT content_id, count(*) AS people
    FROM (
        SELECT content_id
        FROM staging.touches
        WHERE person(user_id, anonymous_id) IS NOT NULL
        GROUP BY content_id, person(user_id, anonymous_id)
        HAVING bool_or(touch_type = 'view') AND bool_or(touch_type = 'click')
    )
    GROUP BY content_id
),

credits AS (  -- one row a line and content; linear gives every eligible touch a share
    SELECT credits.*, live_lines.net_revenue, live_lines.customer_id
    FROM attribution.credits
    INNER JOIN staging.live_lines USING (line_id)
    WHERE
        credits.model = getvariable('model')
        AND credits.window_days = getvariable('window_days')
        AND credits.touch_policy = 'all'
),

credited_orders AS (  -- one row an order with a credited line
    SELECT order_id, count(DISTINCT line_id) AS credited_lines
    FROM credits
    GROUP BY order_id
),

order_shares AS (  -- one row an order and content: its part of one order
    SELECT
        content_id, currency, order_id,
        exact_sum(share) / any_value(credited_lines) AS order_share
    FROM credits
    INNER JOIN credited_orders USING (order_id)
    GROUP BY content_id, currency, order_id
),

order_counts AS (  -- one row a content and currency
    SELECT content_id, currency, exact_sum(order_share) AS fractional_orders
    FROM order_shares
    GROUP BY content_id, currency
),

sold AS (  -- one row a content and currency: what it sold
    SELECT
        content_id, currency, sum(credit) AS attributed_revenue,
        sum(net_revenue) AS influenced_revenue,
        count(DISTINCT order_id) FILTER (WHERE net_revenue >= 0) AS conversions,
        count(DISTINCT order_id) FILTER (WHERE net_revenue >= 0 AND click_touches > 0)
            AS clicked_orders,
        count(DISTINCT customer_id) FILTER (
            WHERE view_touches > 0
            AND (content_id, person(customer_id, NULL)) IN (
                SELECT (content_id, viewer) FROM matured
            )
        ) AS viewing_buyers
    FROM credits
    GROUP BY content_id, currency
),

keys AS (
    SELECT content_id, currency
    FROM sold
    UNION
    SELECT content_id, (SELECT currency FROM staging.shop_currency) AS currency
    FROM staging.content
)

SELECT
    content.content_id, content.title, content.content_type, content.creator,
    content.published_at, keys.currency,
    coalesce(touched.views, 0) AS views,
    coalesce(touched.clicks, 0) AS clicks,
    coalesce(touched.unique_viewers, 0) AS unique_viewers,
    coalesce(touched.unique_clickers, 0) AS unique_clickers,
    ratio(touched.clicks, touched.views) AS click_through_rate,
    ratio(coalesce(clicked_after_view.people, 0), touched.unique_viewers)
        AS unique_click_through_rate,
    coalesce(sold.conversions, 0) AS conversions,
    coalesce(order_counts.fractional_orders, 0) AS fractional_orders,
    ratio(coalesce(sold.conversions, 0), touched.clicks) AS conversion_rate,
    ratio(coalesce(sold.clicked_orders, 0), touched.unique_clickers) AS click_conversion,
    ratio(coalesce(sold.viewing_buyers, 0), matured_viewers.viewers) AS viewer_conversion,
    coalesce(sold.attributed_revenue, 0) AS attributed_revenue,
    coalesce(sold.influenced_revenue, 0) AS influenced_revenue,
    content.production_cost,
    CASE
        WHEN keys.currency = (SELECT currency FROM staging.shop_currency)
            THEN ratio(coalesce(sold.attributed_revenue, 0), content.production_cost)
    END AS roi,
    ratio(
        coalesce(touched.views, 0) + 3 * coalesce(touched.clicks, 0)
        + 10 * coalesce(sold.conversions, 0),
        touched.unique_viewers
    ) AS engagement_score,
    coalesce(content.published_at, touched.first_touch_at)
    + to_hours(24 * getvariable('window_days')) <= (SELECT instant FROM as_of) AS is_mature,
    getvariable('model') AS model,
    getvariable('window_days') AS window_days
FROM keys
INNER JOIN staging.content USING (content_id)
LEFT JOIN touched USING (content_id)
LEFT JOIN clicked_after_view USING (content_id)
LEFT JOIN sold USING (content_id, currency)
LEFT JOIN order_counts USING (content_id, currency)
LEFT JOIN matured_viewers USING (content_id)
ORDER BY attributed_revenue DESC, content.content_id;
