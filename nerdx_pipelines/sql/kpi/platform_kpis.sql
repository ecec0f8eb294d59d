-- One row a figure for the whole shop, in its main currency; the note says how to read it.
DELETE FROM kpi.platform_kpis;

INSERT INTO kpi.platform_kpis BY NAME
WITH lines AS (
    SELECT * FROM staging.live_lines
    WHERE currency = (SELECT currency FROM staging.shop_currency)
),

paths AS (  -- one row a credited line
    SELECT
        credits.line_id, lines.order_id, any_value(lines.net_revenue) AS net_revenue,
        sum(credits.credit) AS credit,
        (epoch_us(any_value(lines.processed_at)) - epoch_us(max(credits.last_touch_at)))
        / 86400e6 AS last_lag,
        (epoch_us(any_value(lines.processed_at)) - epoch_us(min(credits.first_touch_at)))
        / 86400e6 AS first_lag
    FROM attribution.credits
    INNER JOIN lines USING (line_id)
    WHERE
        credits.model = 'linear'  -- which names every touch of a path
        AND credits.window_days = getvariable('window_days')
        AND credits.touch_policy = 'all'
    GROUP BY credits.line_id, lines.order_id
),

orders AS (
    SELECT
        count(DISTINCT order_id) AS live,
        count(DISTINCT order_id) FILTER (WHERE customer_id IS NOT NULL) AS identified,
        count(DISTINCT order_id) FILTER (WHERE order_id IN (SELECT order_id FROM paths))
            AS attributed,
        sum(net_revenue) AS net_revenue
    FROM lines
),

lags AS (
    SELECT
        ratio(exact_sum(last_lag), count(*)) AS mean_last, median(last_lag) AS median_last,
        quantile_cont(last_lag, 0.9) AS p90_last,
        ratio(exact_sum(first_lag), count(*)) AS mean_first, median(first_lag) AS median_first,
        quantile_cont(first_lag, 0.9) AS p90_first, sum(credit) AS credit
    FROM paths
),

placebo AS (  -- what the same rules would credit to touches after the purchase
    SELECT coalesce(sum(orders), 0) AS orders, coalesce(sum(net_revenue), 0) AS net_revenue
    FROM attribution.placebo
    WHERE currency = (SELECT currency FROM staging.shop_currency)
),

figures AS (
    SELECT
        1 AS position, 'content_to_commerce_rate' AS metric,
        ratio(orders.attributed, orders.live) AS value,
        'live orders with a credited line / all live orders; grows with window and traffic' AS note
    FROM orders
    UNION ALL
    SELECT
        2, 'content_to_commerce_rate_identified', ratio(orders.attributed, orders.identified),
        'the same over orders of known customers only'
    FROM orders
    UNION ALL
    SELECT
        3, 'content_revenue_share', ratio(lags.credit, orders.net_revenue),
        'attributed / net revenue'
    FROM orders, lags
    UNION ALL
    SELECT
        4, 'avg_attribution_revenue', round(ratio(lags.credit, orders.attributed), 4),
        'attributed revenue for each attributed order, in '
        || (SELECT currency FROM staging.shop_currency)
    FROM orders, lags
    UNION ALL
    SELECT 5, 'top_converting_content', conversions, content_id || coalesce(': ' || title, '')
    FROM (
        SELECT content_id, title, conversions
        FROM kpi.content_kpis
        WHERE currency = (SELECT currency FROM staging.shop_currency)
        ORDER BY conversions DESC, attributed_revenue DESC, content_id
        LIMIT 1
    )
    UNION ALL
    SELECT
        6, 'attribution_window_days', lags.mean_last,
        'mean days from the last eligible touch to the purchase; at most '
        || getvariable('window_days')
    FROM lags
    UNION ALL
    SELECT 7, 'attribution_window_days_median', lags.median_last, 'median of the same'
    FROM lags
    UNION ALL
    SELECT 8, 'attribution_window_days_p90', lags.p90_last, '90 % of lines are within'
    FROM lags
    UNION ALL
    SELECT
        9, 'first_touch_lag_days', lags.mean_first,
        'mean days from the first eligible touch to the purchase'
    FROM lags
    UNION ALL
    SELECT 10, 'roi_by_content_type', roi, content_type
    FROM kpi.content_type_kpis
    WHERE currency = (SELECT currency FROM staging.shop_currency)
    UNION ALL
    SELECT
        11, 'content_to_commerce_rate_minus_placebo',
        ratio(orders.attributed - placebo.orders, orders.live),
        'less the orders that touches in the same window after the purchase would get'
    FROM orders, placebo
    UNION ALL
    SELECT
        12, 'content_revenue_share_minus_placebo',
        ratio(coalesce(lags.credit, 0) - placebo.net_revenue, orders.net_revenue),
        'the share of revenue, less the same'
    FROM orders, lags, placebo
    UNION ALL
    SELECT 13, 'first_touch_lag_days_median', lags.median_first, 'median of the same'
    FROM lags
    UNION ALL
    SELECT 14, 'first_touch_lag_days_p90', lags.p90_first, '90 % of lines are within'
    FROM lags
)

SELECT metric, value, note
FROM figures
ORDER BY position, note;
