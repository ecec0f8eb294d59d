-- One row: a day's sales, the last day first.
SELECT
    day, currency, orders, gross_sales, discounts, returns, net_sales, net_revenue,
    attributed_revenue, unattributed_revenue
FROM kpi.daily_sales
WHERE currency = getvariable('currency')::VARCHAR
ORDER BY day DESC;
