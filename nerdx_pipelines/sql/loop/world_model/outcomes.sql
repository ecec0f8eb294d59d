-- One row: a moment, whose it is, and whether they then bought.
SELECT
    moments.moment, moments.user_number, bool_or(month_lines.user_id IS NOT NULL) AS is_bought
FROM moments
LEFT JOIN month_lines
    ON
        moments.user_id = month_lines.user_id
        AND moments.product_id = month_lines.product_id
        AND moments.touched_at <= month_lines.processed_at
        AND moments.touched_at > month_lines.processed_at - to_hours(
            24 * getvariable('window_days')
        )
GROUP BY moments.moment, moments.user_number
ORDER BY moments.moment;
