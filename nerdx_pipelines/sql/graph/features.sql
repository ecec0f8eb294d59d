-- One row: a content features a product during one period; an open end is NULL.
SELECT DISTINCT
    features.content_id,
    features.product_id::VARCHAR AS product_id,
    -- MERGE takes no NULL in a key, so the period has a name
    concat(iso(features.valid_from), '/', iso(features.valid_to)) AS valid,
    iso(features.valid_from) AS valid_from,
    iso(features.valid_to) AS valid_to
FROM staging.content_products AS features
SEMI JOIN graph_content ON features.content_id = graph_content.content_id
SEMI JOIN graph_product ON features.product_id::VARCHAR = graph_product.shopify_id
