-- I2. One row a day, currency and model in which attributed and unattributed revenue, each summed
-- on its own, are not net revenue.
WITH models AS (
    SELECT DISTINCT model FROM attribution.credits
),

net AS (
    SELECT order_day, currency, sum(net_revenue) AS net_revenue
    FROM staging.live_lines
    GROUP BY order_day, currency
),

attributed AS (
    SELECT order_day, currency, model, sum(credit) AS attributed
    FROM attribution.credits
    GROUP BY order_day, currency, model
),

unattributed AS (
    SELECT order_day, currency, model, sum(net_revenue) AS unattributed
    FROM staging.live_lines
    CROSS JOIN models
    ANTI JOIN attribution.credits USING (line_id, model)
    GROUP BY order_day, currency, model
)

SELECT order_day, currency, model, net_revenue, attributed, unattributed
FROM net
CROSS JOIN models
LEFT JOIN attributed USING (order_day, currency, model)
LEFT JOIN unattributed USING (order_day, currency, model)
WHERE
    order_day NOT IN (FROM staging.pending_days)
    AND net_revenue <> coalesce(attributed, 0) + coalesce(unattributed, 0)
