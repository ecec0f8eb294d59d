-- I7. One row a currency and kind of credits that attributes more than was sold. What a line with
-- negative money takes away belongs to that line: it makes no other credit too much.
WITH given AS (
    SELECT
        currency, model, window_days, touch_policy,
        sum(credit) FILTER (WHERE credit > 0) AS attributed
    FROM attribution.credits
    WHERE model <> 'any_touch' AND order_day NOT IN (FROM staging.pending_days)
    GROUP BY currency, model, window_days, touch_policy
),

sold AS (
    SELECT currency, sum(net_revenue) FILTER (WHERE net_revenue > 0) AS net_revenue
    FROM staging.live_lines
    WHERE order_day NOT IN (FROM staging.pending_days)
    GROUP BY currency
)

SELECT
    given.currency, given.model, given.window_days, given.touch_policy, given.attributed,
    sold.net_revenue
FROM given
LEFT JOIN sold USING (currency)
WHERE given.attributed > coalesce(sold.net_revenue, 0)
