-- I7. One row a currency and model that attributes more than was sold.
SELECT currency, model, attributed, net_revenue
FROM (
    SELECT currency, model, sum(credit) AS attributed
    FROM attribution.credits
    GROUP BY currency, model
)
LEFT JOIN (
    SELECT currency, sum(net_revenue) AS net_revenue
    FROM staging.live_lines
    GROUP BY currency
) USING (currency)
WHERE attributed > net_revenue OR net_revenue IS NULL
