-- One row a touch (the first or the last of a line's path), lag and currency: how long before the
-- purchase it was, in whole days rounded down.
DELETE FROM kpi.time_lag;

INSERT INTO kpi.time_lag BY NAME
WITH paths AS (  -- one row a credited line; linear credits name every touch of its path
    SELECT
        line_id, min(first_touch_at) AS first_touch_at, max(last_touch_at) AS last_touch_at
    FROM attribution.credits
    WHERE
        model = 'linear' AND window_days = getvariable('window_days')
        AND touch_policy = 'all'
    GROUP BY line_id
)

SELECT
    ends.touch, lines.currency,
    (epoch_us(lines.processed_at) - epoch_us(ends.touched_at)) // 86400000000 AS lag_days,
    count(ends.line_id) AS order_lines, sum(lines.net_revenue) AS net_revenue
FROM (
    SELECT line_id, 'first' AS touch, first_touch_at AS touched_at FROM paths
    UNION ALL
    SELECT line_id, 'last' AS touch, last_touch_at AS touched_at FROM paths
) AS ends
INNER JOIN staging.live_lines AS lines USING (line_id)
GROUP BY ALL
ORDER BY ends.touch, lag_days, lines.currency;
