-- I1, and I7 with it. One row a line, window and policy of which the credits of a model are not the
-- line's net revenue; or one of any_touch, which gives all of it to each content, is not.
WITH credited AS (
    SELECT
        line_id, window_days, touch_policy, sum(first_touch) AS first_touch,
        sum(last_touch) AS last_touch, sum(linear) AS linear, sum(time_decay) AS time_decay,
        sum(position_based) AS position_based, sum(shapley_set) AS shapley_set,
        min(any_touch) AS least_any_touch, max(any_touch) AS most_any_touch
    FROM attribution.line_credits
    WHERE order_day NOT IN (FROM staging.pending_days)
    GROUP BY line_id, window_days, touch_policy
)

SELECT credited.*, lines.net_revenue
FROM credited
LEFT JOIN staging.live_lines AS lines USING (line_id)
WHERE
    credited.first_touch IS DISTINCT FROM lines.net_revenue
    OR credited.last_touch IS DISTINCT FROM lines.net_revenue
    OR credited.linear IS DISTINCT FROM lines.net_revenue
    OR credited.time_decay IS DISTINCT FROM lines.net_revenue
    OR credited.position_based IS DISTINCT FROM lines.net_revenue
    OR credited.shapley_set IS DISTINCT FROM lines.net_revenue
    OR credited.least_any_touch IS DISTINCT FROM lines.net_revenue
    OR credited.most_any_touch IS DISTINCT FROM lines.net_revenue
