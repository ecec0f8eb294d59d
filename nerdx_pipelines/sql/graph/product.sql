-- One row: a product; under the scope 'featured', only one that some content features.
SELECT
    product_id::VARCHAR AS shopify_id,
    title,
    product_type,
    vendor,
    status
FROM staging.products
WHERE
    getvariable('graph_scope') = 'all'
    OR product_id IN (SELECT product_id FROM staging.content_products)
