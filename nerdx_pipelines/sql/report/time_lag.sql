-- One row: a touch (the first or the last before a purchase) and a lag in whole days, with the
-- fewest days within which half, and 90 %, of all lines are.
WITH lags AS (
    SELECT
        touch, lag_days, order_lines, net_revenue, currency,
        sum(order_lines) OVER (PARTITION BY touch) AS all_lines,
        sum(order_lines) OVER (PARTITION BY touch ORDER BY lag_days) AS lines_within
    FROM kpi.time_lag
    WHERE currency = getvariable('currency')::VARCHAR
)

SELECT
    touch, lag_days, lag_days + 1 AS next_day, order_lines, net_revenue, currency,
    lines_within / all_lines AS share_within,
    min(lag_days + 1) FILTER (WHERE lines_within * 2 >= all_lines) OVER (PARTITION BY touch)
        AS half_within,
    min(lag_days + 1) FILTER (WHERE lines_within * 10 >= all_lines * 9) OVER (PARTITION BY touch)
        AS most_within,
    (SELECT any_value(window_days) FROM kpi.content_kpis) AS "window"
FROM lags
WHERE all_lines > 0
ORDER BY touch DESC, lag_days;
