-- One row: a number of touchpoints before a purchase, and the orders that took so many.
SELECT
    path_length, sum(orders) AS orders,
    sum(orders) / sum(sum(orders)) OVER () AS order_share,
    sum(net_revenue) AS net_revenue,
    round(sum(net_revenue) / sum(orders), 4)::DECIMAL(18, 4) AS revenue_per_order,
    any_value(currency) AS currency
FROM kpi.paths
WHERE currency = getvariable('currency')::VARCHAR AND level = 'content_type' AND orders > 0
GROUP BY path_length
ORDER BY path_length;
