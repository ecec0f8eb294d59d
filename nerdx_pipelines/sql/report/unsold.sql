-- One row: a product that content showed and never sold, the most seen first. Gift cards are no
-- sales (Shopify counts them when they are spent) and not among them.
SELECT
    coalesce(nullif(trim(title), ''), product_id::VARCHAR) AS product,
    product_type, vendor, content_impressions, unique_viewers_exposed, orders, net_revenue,
    currency
FROM kpi.product_kpis
WHERE
    currency = getvariable('currency')::VARCHAR
    AND content_impressions > 0 AND content_driven_purchases = 0
    AND coalesce(product_type, '') NOT ILIKE 'gift card%'
ORDER BY content_impressions DESC, product
LIMIT getvariable('listed')::BIGINT;
