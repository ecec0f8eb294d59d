-- I7. One row a currency and model that attributes more than was sold.
WITH given AS (
    SELECT currency, model, sum(credit) AS attributed
    FROM attribution.credits
    WHERE order_day NOT IN (FROM staging.pending_days)
    GROUP BY currency, model
),

sold AS (
    SELECT currency, sum(net_revenue) AS net_revenue
    FROM staging.live_lines
    WHERE order_day NOT IN (FROM staging.pending_days)
    GROUP BY currency
)

SELECT currency, model, attributed, net_revenue
FROM given
LEFT JOIN sold USING (currency)
WHERE attributed > net_revenue OR net_revenue IS NULL
