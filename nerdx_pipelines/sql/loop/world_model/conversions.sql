-- One row: a touch on the way to a product of an order before the month; the oldest first.
WITH lines AS (
    SELECT
        user_id, product_id, processed_at,
        row_number() OVER (ORDER BY user_id, processed_at, order_id, product_id) - 1 AS journey
    FROM (SELECT DISTINCT user_id, order_id, product_id, processed_at FROM past_lines)
)

SELECT
    lines.journey, exposures.content_number, exposures.is_click,
    (epoch_us(lines.processed_at) - epoch_us(exposures.touched_at)) / 86400e6 AS age_days
FROM lines
INNER JOIN exposures
    ON
        lines.user_id = exposures.user_id
        AND lines.product_id = exposures.product_id
        AND lines.processed_at >= exposures.touched_at
        AND lines.processed_at - to_hours(24 * getvariable('widest_window')) < exposures.touched_at
ORDER BY lines.journey, age_days DESC, exposures.is_click, exposures.content_number;
