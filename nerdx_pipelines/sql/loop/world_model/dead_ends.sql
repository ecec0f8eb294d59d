-- One row: a touch of a user towards a product that they did not buy within window_days after it,
-- though that could be seen before the month; the oldest first.
WITH undecided AS (
    SELECT
        getvariable('validation_from')::TIMESTAMPTZ
        - to_hours(24 * getvariable('window_days')) AS since
)

SELECT
    dense_rank() OVER (ORDER BY user_id, product_id) - 1 AS journey, content_number
FROM exposures
ANTI JOIN past_lines
    ON
        exposures.user_id = past_lines.user_id
        AND exposures.product_id = past_lines.product_id
        AND exposures.touched_at <= past_lines.processed_at
        AND exposures.touched_at > past_lines.processed_at - to_hours(
            24 * getvariable('window_days')
        )
WHERE touched_at < (SELECT undecided.since FROM undecided)
ORDER BY journey, touched_at, is_click, content_number;
