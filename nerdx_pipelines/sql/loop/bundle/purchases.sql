-- One row a week of the shop's calendar (from Monday) and currency, of the last 13 that have ended.
SELECT
    strftime(date_trunc('week', day), '%Y-%m-%d') AS week, currency,
    sum(orders)::BIGINT AS orders, sum(net_revenue) AS net_revenue,
    sum(attributed_revenue) AS attributed_revenue
FROM kpi.daily_sales
WHERE
    day < date_trunc('week', (SELECT max(order_day) + 1 FROM staging.orders))
    AND day >= date_trunc('week', (SELECT max(order_day) + 1 FROM staging.orders))
    - INTERVAL 91 DAYS
GROUP BY week, currency
ORDER BY week, currency
