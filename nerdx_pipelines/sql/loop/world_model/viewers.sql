-- One row: a content that somebody saw or clicked before the month; how many did, and clicked.
SELECT
    content_number, count(DISTINCT user_id) AS viewers,
    count(DISTINCT user_id) FILTER (WHERE is_click) AS clickers
FROM exposures
WHERE touched_at < getvariable('validation_from')::TIMESTAMPTZ
GROUP BY content_number
ORDER BY content_number;
