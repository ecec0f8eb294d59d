-- One row: a known user clicked a content, on no product that the graph has.
SELECT
    touches.user_id::VARCHAR AS user_id,
    touches.content_id,
    touches.event_id,
    iso(touches.touched_at) AS clicked_at
FROM staging.touches
SEMI JOIN graph_content ON touches.content_id = graph_content.content_id
ANTI JOIN graph_product ON touches.product_id::VARCHAR = graph_product.shopify_id
WHERE touches.touch_type = 'click' AND touches.user_id IS NOT NULL
