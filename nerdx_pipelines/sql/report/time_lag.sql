-- One row: a touch (the first or the last before a purchase) and a lag in whole days, with the
-- median and the 90 % quantile of its lags: exact in the shop's own currency, otherwise the fewest
-- whole days within which so many lines are.
WITH lags AS (
    SELECT
        touch, lag_days, order_lines, net_revenue, currency,
        sum(order_lines) OVER (PARTITION BY touch) AS all_lines,
        sum(order_lines) OVER (PARTITION BY touch ORDER BY lag_days) AS lines_within
    FROM kpi.time_lag
    WHERE currency = getvariable('currency')::VARCHAR
),

published AS (
    SELECT
        if(metric LIKE 'first%', 'first', 'last') AS touch,
        max(value) FILTER (WHERE metric LIKE '%median') AS half_within,
        max(value) FILTER (WHERE metric LIKE '%p90') AS most_within
    FROM kpi.platform_kpis
    WHERE
        metric IN (
            'attribution_window_days_median', 'attribution_window_days_p90',
            'first_touch_lag_days_median', 'first_touch_lag_days_p90'
        )
        AND getvariable('currency')::VARCHAR
        = (SELECT note FROM kpi.health WHERE metric = 'net_revenue')
    GROUP BY ALL
)

SELECT
    lags.touch, lags.lag_days, lags.lag_days + 1 AS next_day, lags.order_lines,
    lags.net_revenue, lags.currency, lags.lines_within / lags.all_lines AS share_within,
    published.most_within IS NOT NULL AS is_exact,
    coalesce(
        published.half_within,
        min(lags.lag_days + 1) FILTER (WHERE lags.lines_within * 2 >= lags.all_lines) OVER touches
    )::DOUBLE AS half_within,
    coalesce(
        published.most_within,
        min(lags.lag_days + 1) FILTER (WHERE lags.lines_within * 10 >= lags.all_lines * 9)
            OVER touches
    )::DOUBLE AS most_within,
    (SELECT any_value(window_days) FROM kpi.content_kpis) AS "window"
FROM lags
LEFT JOIN published USING (touch)
WHERE lags.all_lines > 0
WINDOW touches AS (PARTITION BY lags.touch)
ORDER BY lags.touch DESC, lags.lag_days;
