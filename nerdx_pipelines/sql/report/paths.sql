-- One row: one of the getvariable('paths') most frequent paths of content types to a purchase.
SELECT
    path, path_length, orders, net_revenue, currency,
    orders / sum(orders) OVER () AS order_share
FROM kpi.paths
WHERE currency = getvariable('currency')::VARCHAR AND level = 'content_type' AND orders > 0
ORDER BY orders DESC, net_revenue DESC, path
LIMIT getvariable('paths')::BIGINT;
