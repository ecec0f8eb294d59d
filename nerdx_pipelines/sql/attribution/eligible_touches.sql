-- One row a line of lines_to_do and a touch that may be credited for it: by the same customer, of
-- a content that featured the product at that instant, and within the widest_window before the
-- purchase, or, with direction -1, within window_days after it (the placebo).
-- Orders meet touches first, their lines after: an order's lines have one buyer and one instant.
CREATE OR REPLACE TEMP TABLE order_windows AS
SELECT
    order_id, any_value(customer_id) AS customer_id, any_value(processed_at) AS processed_at,
    any_value(processed_at) - CASE getvariable('direction')
        WHEN 1 THEN to_hours(24 * getvariable('widest_window')) ELSE to_hours(0)
    END AS opens_at,  -- exclusive
    any_value(processed_at) + CASE getvariable('direction')
        WHEN 1 THEN to_hours(0) ELSE to_hours(24 * getvariable('window_days'))
    END AS closes_at  -- inclusive
FROM lines_to_do
GROUP BY order_id;

-- As constants they spare reading the touches of all other days.
SET VARIABLE earliest_touch = (SELECT min(opens_at) FROM order_windows);
SET VARIABLE latest_touch = (SELECT max(closes_at) FROM order_windows);

CREATE OR REPLACE TEMP TABLE eligible_touches AS
WITH near_touches AS MATERIALIZED (  -- one row an order and a touch in its window
    SELECT
        order_windows.order_id, order_windows.processed_at, touches.content_id,
        touches.touched_at, touches.touch_type = 'click' AS is_click
    FROM order_windows
    INNER JOIN staging.touches
        ON
            order_windows.customer_id = touches.user_id
            AND order_windows.opens_at < touches.touched_at
            AND order_windows.closes_at >= touches.touched_at
    WHERE
        touches.touched_at > getvariable('earliest_touch')::TIMESTAMPTZ
        AND touches.touched_at <= getvariable('latest_touch')::TIMESTAMPTZ
)

SELECT
    lines_to_do.line_id, near_touches.processed_at, near_touches.content_id,
    near_touches.touched_at, near_touches.is_click
FROM near_touches
INNER JOIN lines_to_do USING (order_id)
-- However often and however long at once a content features a product, a touch counts once.
SEMI JOIN staging.content_products AS features
    ON
        near_touches.content_id = features.content_id
        AND lines_to_do.product_id = features.product_id
        AND near_touches.touched_at >= coalesce(features.valid_from, '-infinity'::TIMESTAMPTZ)
        AND near_touches.touched_at < coalesce(features.valid_to, 'infinity'::TIMESTAMPTZ);
