-- One row a live line of the days_to_do and a touch that may be credited for it:
-- by the same customer, of a content that featured the product at that instant, and within the
-- window_days before the purchase, or, with direction -1, after it (the placebo).
CREATE OR REPLACE TEMP TABLE eligible_touches AS
WITH lines AS (
    SELECT
        line_id, product_id, customer_id, processed_at,
        processed_at - to_hours(24 * getvariable('window_days')) AS window_start,
        processed_at + to_hours(24 * getvariable('window_days')) AS window_end
    FROM staging.live_lines
    WHERE
        order_day IN (SELECT day FROM days_to_do)
        AND customer_id IS NOT NULL
        AND product_id IS NOT NULL
)

SELECT
    lines.line_id, lines.processed_at, touches.touched_at, touches.touch_type,
    touches.content_id, touches.event_id
FROM lines
INNER JOIN staging.touches
    ON
        lines.customer_id = touches.user_id
        AND CASE getvariable('direction')
            WHEN 1
                THEN
                    lines.window_start < touches.touched_at
                    AND lines.processed_at >= touches.touched_at
            ELSE
                lines.processed_at < touches.touched_at
                AND lines.window_end >= touches.touched_at
        END
SEMI JOIN staging.content_products AS features
    ON
        touches.content_id = features.content_id
        AND lines.product_id = features.product_id
        AND touches.touched_at >= coalesce(features.valid_from, '-infinity'::TIMESTAMPTZ)
        AND touches.touched_at < coalesce(features.valid_to, 'infinity'::TIMESTAMPTZ);
