-- One row a content and currency of its credits (the shop's own where it has none).
-- Conversions count distinct orders with a credited line: one order that several contents share
-- counts for each of them, fractional_orders do not. Linear credits name every touch of a path, so
-- who bought is asked of them; what was earned of the model chosen.
DELETE FROM kpi.content_kpis;

INSERT INTO kpi.content_kpis BY NAME
WITH viewers AS MATERIALIZED (  -- one row a content and person (or nobody) who touched it
    SELECT
        content_id, person(user_id, anonymous_id) AS viewer,
        count(*) FILTER (WHERE touch_type = 'view') AS views,
        count(*) FILTER (WHERE touch_type = 'click') AS clicks,
        coalesce(
            min(touched_at) FILTER (WHERE touch_type = 'view')
            + to_hours(24 * getvariable('window_days')) <= (SELECT instant FROM staging.present),
            FALSE
        ) AS is_matured,  -- whether the window after the first view is over
        min(touched_at) AS first_touch_at
    FROM staging.touches
    GROUP BY ALL
),

touched AS (  -- one row a content: who saw it
    SELECT
        content_id, sum(views)::BIGINT AS views, sum(clicks)::BIGINT AS clicks,
        count(*) FILTER (WHERE viewer IS NOT NULL AND views > 0) AS unique_viewers,
        count(*) FILTER (WHERE viewer IS NOT NULL AND clicks > 0) AS unique_clickers,
        count(*) FILTER (WHERE viewer IS NOT NULL AND views > 0 AND clicks > 0)
            AS clicked_after_view,
        count(*) FILTER (WHERE viewer IS NOT NULL AND is_matured) AS matured_viewers,
        min(first_touch_at) AS first_touch_at
    FROM viewers
    GROUP BY content_id
),

credits AS MATERIALIZED (  -- one row a line and content, of the model chosen and of linear
    SELECT
        credits.content_id, credits.currency, credits.order_id, credits.line_id,
        credits.credit, credits.share, credits.click_touches, credits.view_touches,
        credits.click_through, credits.view_through,
        credits.model = getvariable('model') AS is_own,
        credits.model = 'linear' AS is_path,
        lines.customer_id, lines.net_revenue,
        costs.unit_cost * (lines.quantity - lines.returned_quantity) AS line_cost
    FROM attribution.credits
    INNER JOIN staging.live_lines AS lines USING (line_id)
    LEFT JOIN staging.product_variants AS costs
        ON lines.variant_id = costs.variant_id AND lines.currency = costs.cost_currency
    WHERE
        credits.model IN (getvariable('model'), 'linear')
        AND credits.window_days = getvariable('window_days')
        AND credits.touch_policy = 'all'
),

credited_orders AS (  -- one row an order with a credited line
    SELECT order_id, count(DISTINCT line_id) AS credited_lines
    FROM credits
    WHERE is_own
    GROUP BY order_id
),

order_counts AS (  -- one row a content and currency: its parts of orders
    SELECT content_id, currency, exact_sum(order_share) AS fractional_orders
    FROM (
        SELECT
            credits.content_id, credits.currency,
            exact_sum(credits.share) / any_value(credited_orders.credited_lines) AS order_share
        FROM credits
        INNER JOIN credited_orders USING (order_id)
        WHERE credits.is_own
        GROUP BY credits.content_id, credits.currency, credits.order_id
    )
    GROUP BY content_id, currency
),

buyers AS (  -- one row a content, currency and customer with an order that it led to
    SELECT
        content_id, currency, person(customer_id, NULL) AS viewer,
        count(DISTINCT order_id) AS orders,
        count(DISTINCT order_id) FILTER (WHERE click_touches > 0) AS clicked_orders,
        bool_or(view_touches > 0) AS has_viewed
    FROM credits
    WHERE is_path AND net_revenue >= 0
    GROUP BY ALL
),

bought AS (  -- one row a content and currency
    SELECT
        buyers.content_id, buyers.currency, count(buyers.viewer) AS buyers,
        sum(buyers.orders)::BIGINT AS conversions,
        sum(buyers.clicked_orders)::BIGINT AS clicked_orders,
        count(*) FILTER (WHERE buyers.has_viewed AND viewers.is_matured) AS viewing_buyers
    FROM buyers
    LEFT JOIN viewers USING (content_id, viewer)
    GROUP BY buyers.content_id, buyers.currency
),

earned AS (  -- one row a content and currency
    SELECT
        content_id, currency,
        sum(credit) FILTER (WHERE is_own) AS attributed_revenue,
        sum(click_through) FILTER (WHERE is_own) AS click_through_revenue,
        sum(view_through) FILTER (WHERE is_own) AS view_through_revenue,
        sum(net_revenue) FILTER (WHERE is_path) AS influenced_revenue,
        sum(credit) FILTER (WHERE is_own AND line_cost IS NOT NULL) AS costed_revenue,
        count(*) FILTER (WHERE is_own AND line_cost IS NULL) = 0 AS is_costed,
        exact_sum(if(is_own, share * line_cost, NULL)) AS cost_of_goods
    FROM credits
    GROUP BY content_id, currency
),

intervals AS (  -- one row a content and currency
    SELECT
        content_id, currency,
        from_minor(round(list_aggregate(draws, 'quantile_cont', 0.025)), currency) AS low,
        from_minor(round(list_aggregate(draws, 'quantile_cont', 0.975)), currency) AS high
    FROM attribution.revenue_draws
),

keys AS (
    SELECT content_id, currency
    FROM earned
    UNION
    SELECT content_id, (SELECT currency FROM staging.shop_currency) AS currency
    FROM staging.content
),

figures AS (  -- one row a content and currency: all that is counted or summed
    SELECT
        content.*, keys.currency,
        coalesce(touched.views, 0) AS views,
        coalesce(touched.clicks, 0) AS clicks,
        coalesce(touched.unique_viewers, 0) AS unique_viewers,
        coalesce(touched.unique_clickers, 0) AS unique_clickers,
        coalesce(touched.clicked_after_view, 0) AS clicked_after_view,
        coalesce(touched.matured_viewers, 0) AS matured_viewers,
        coalesce(content.published_at, touched.first_touch_at) AS known_since,
        coalesce(bought.buyers, 0) AS buyers,
        coalesce(bought.conversions, 0) AS conversions,
        coalesce(bought.clicked_orders, 0) AS clicked_orders,
        coalesce(bought.viewing_buyers, 0) AS viewing_buyers,
        coalesce(order_counts.fractional_orders, 0) AS fractional_orders,
        coalesce(earned.attributed_revenue, 0) AS attributed_revenue,
        coalesce(earned.click_through_revenue, 0) AS click_through_revenue,
        coalesce(earned.view_through_revenue, 0) AS view_through_revenue,
        coalesce(earned.influenced_revenue, 0) AS influenced_revenue,
        coalesce(intervals.low, 0) AS attributed_revenue_low,
        coalesce(intervals.high, 0) AS attributed_revenue_high,
        CASE
            WHEN earned.is_costed
                THEN ratio(
                    earned.attributed_revenue::DOUBLE - earned.cost_of_goods,
                    earned.attributed_revenue
                )
        END AS margin,
        ratio(coalesce(earned.costed_revenue, 0), earned.attributed_revenue) AS margin_coverage,
        -- Of what the shop's own currency earned, against a cost in it; nothing earned, no margin.
        if(
            keys.currency = (SELECT currency FROM staging.shop_currency),
            content.production_cost, NULL
        ) AS own_cost,
        if(earned.content_id IS NULL, 0, margin) AS margin_of_earned
    FROM keys
    INNER JOIN staging.content USING (content_id)
    LEFT JOIN touched USING (content_id)
    LEFT JOIN bought USING (content_id, currency)
    LEFT JOIN earned USING (content_id, currency)
    LEFT JOIN order_counts USING (content_id, currency)
    LEFT JOIN intervals USING (content_id, currency)
)

SELECT
    content_id, title, content_type, creator, published_at, currency, views, clicks,
    unique_viewers, unique_clickers,
    ratio(clicks, views) AS click_through_rate,
    ratio(clicked_after_view, unique_viewers) AS unique_click_through_rate,
    conversions, fractional_orders,
    ratio(conversions, clicks) AS conversion_rate,
    ratio(clicked_orders, unique_clickers) AS click_conversion,
    ratio(viewing_buyers, matured_viewers) AS viewer_conversion,
    attributed_revenue, influenced_revenue, production_cost,
    ratio(attributed_revenue, own_cost) AS roi,
    ratio(views + 3 * clicks + 10 * conversions, unique_viewers) AS engagement_score,
    known_since + to_hours(24 * getvariable('window_days'))
    <= (SELECT instant FROM staging.present) AS is_mature,
    getvariable('model') AS model,
    getvariable('window_days') AS window_days,
    buyers, click_through_revenue, view_through_revenue, attributed_revenue_low,
    attributed_revenue_high, margin, margin_coverage,
    ratio(attributed_revenue * margin_of_earned - own_cost, own_cost) AS net_roi,
    ratio(
        least(
            attributed_revenue_low * margin_of_earned, attributed_revenue_high * margin_of_earned
        ) - own_cost, own_cost
    ) AS net_roi_low,
    ratio(
        greatest(
            attributed_revenue_low * margin_of_earned, attributed_revenue_high * margin_of_earned
        ) - own_cost, own_cost
    ) AS net_roi_high,
    shrunken(
        viewing_buyers, matured_viewers,
        ratio(sum(viewing_buyers) OVER of_its_type, sum(matured_viewers) OVER of_its_type)
    ) AS shrunken_viewer_conversion,
    is_small_sample(unique_viewers, buyers) AS is_small_sample
FROM figures
WINDOW of_its_type AS (PARTITION BY content_type, currency)
ORDER BY attributed_revenue DESC, content_id;
