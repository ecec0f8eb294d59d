-- I6. One row a credit of a content that did not feature the product at the first, or at the
-- last, of the touches that earned it. linear credits every content of a path.
WITH ends AS (
    SELECT
        line_id, content_id, product_id, order_day,
        unnest([first_touch_at, last_touch_at]) AS touched_at
    FROM attribution.credits
    WHERE model = 'linear'
)

SELECT ends.line_id, ends.content_id, ends.product_id, ends.touched_at
FROM ends
ANTI JOIN staging.content_products AS features
    ON
        ends.content_id = features.content_id AND ends.product_id = features.product_id
        AND ends.touched_at >= coalesce(features.valid_from, '-infinity'::TIMESTAMPTZ)
        AND ends.touched_at < coalesce(features.valid_to, 'infinity'::TIMESTAMPTZ)
WHERE ends.order_day NOT IN (FROM staging.pending_days)
