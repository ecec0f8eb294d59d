-- I2. One row a day, currency and kind of credits in which attributed and unattributed revenue,
-- each summed on its own, are not net revenue.
WITH kinds AS (  -- any_touch gives a line to each content: it cannot add up
    SELECT DISTINCT model, window_days, touch_policy
    FROM attribution.credits
    WHERE model <> 'any_touch'
),

net AS (
    SELECT order_day, currency, sum(net_revenue) AS net_revenue
    FROM staging.live_lines
    GROUP BY order_day, currency
),

attributed AS (
    SELECT
        order_day, currency, model, window_days, touch_policy, sum(credit) AS attributed
    FROM attribution.credits
    GROUP BY order_day, currency, model, window_days, touch_policy
),

unattributed AS (
    SELECT
        order_day, currency, model, window_days, touch_policy,
        sum(net_revenue) AS unattributed
    FROM staging.live_lines
    CROSS JOIN kinds
    ANTI JOIN attribution.credits USING (line_id, model, window_days, touch_policy)
    GROUP BY order_day, currency, model, window_days, touch_policy
)

SELECT
    order_day, currency, model, window_days, touch_policy, net_revenue, attributed, unattributed
FROM net
CROSS JOIN kinds
LEFT JOIN attributed USING (order_day, currency, model, window_days, touch_policy)
LEFT JOIN unattributed USING (order_day, currency, model, window_days, touch_policy)
WHERE
    order_day NOT IN (FROM staging.pending_days)
    AND net_revenue <> coalesce(attributed, 0) + coalesce(unattributed, 0)
