-- One row: a known user clicked a product in a content.
SELECT
    touches.user_id::VARCHAR AS user_id,
    touches.product_id::VARCHAR AS product_id,
    touches.event_id,
    touches.content_id,
    iso(touches.touched_at) AS clicked_at
FROM staging.touches
SEMI JOIN graph_product ON touches.product_id::VARCHAR = graph_product.shopify_id
WHERE touches.touch_type = 'click' AND touches.user_id IS NOT NULL
