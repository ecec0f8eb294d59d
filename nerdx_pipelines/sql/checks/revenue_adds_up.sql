-- I2. One row a day, currency, window and policy in which attributed and unattributed revenue, each
-- summed on its own, are not net revenue. Not any_touch: it gives a line to each content.
WITH kinds AS (
    SELECT DISTINCT window_days, touch_policy
    FROM attribution.line_credits
),

net AS (
    SELECT order_day, currency, sum(net_revenue) AS net_revenue
    FROM staging.live_lines
    GROUP BY order_day, currency
),

attributed AS (
    SELECT
        order_day, currency, window_days, touch_policy, sum(first_touch) AS first_touch,
        sum(last_touch) AS last_touch, sum(linear) AS linear, sum(time_decay) AS time_decay,
        sum(position_based) AS position_based, sum(shapley_set) AS shapley_set
    FROM attribution.line_credits
    GROUP BY order_day, currency, window_days, touch_policy
),

unattributed AS (
    SELECT order_day, currency, window_days, touch_policy, sum(net_revenue) AS unattributed
    FROM staging.live_lines
    CROSS JOIN kinds
    ANTI JOIN attribution.line_credits USING (line_id, window_days, touch_policy)
    GROUP BY order_day, currency, window_days, touch_policy
),

rest AS (  -- what is to be attributed
    SELECT
        order_day, currency, window_days, touch_policy, net_revenue,
        net_revenue - coalesce(unattributed, 0) AS rest
    FROM net
    CROSS JOIN kinds
    LEFT JOIN unattributed USING (order_day, currency, window_days, touch_policy)
    WHERE order_day NOT IN (FROM staging.pending_days)
)

SELECT rest.*, attributed.* EXCLUDE (order_day, currency, window_days, touch_policy)
FROM rest
LEFT JOIN attributed USING (order_day, currency, window_days, touch_policy)
WHERE
    rest.rest <> coalesce(attributed.first_touch, 0)
    OR rest.rest <> coalesce(attributed.last_touch, 0)
    OR rest.rest <> coalesce(attributed.linear, 0)
    OR rest.rest <> coalesce(attributed.time_decay, 0)
    OR rest.rest <> coalesce(attributed.position_based, 0)
    OR rest.rest <> coalesce(attributed.shapley_set, 0)
