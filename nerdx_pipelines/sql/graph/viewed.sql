-- One row: a known user viewed a content of the catalogue.
SELECT
    touches.user_id::VARCHAR AS user_id,
    touches.content_id,
    touches.event_id,
    iso(touches.touched_at) AS viewed_at
FROM staging.touches
SEMI JOIN graph_content ON touches.content_id = graph_content.content_id
WHERE touches.touch_type = 'view' AND touches.user_id IS NOT NULL
