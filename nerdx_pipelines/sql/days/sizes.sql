-- One row a day of days_to_do: about how many rows are read to make it.
WITH found AS (
    SELECT order_day AS day, count(*) AS size FROM staging.order_lines
    GROUP BY order_day
    UNION ALL
    SELECT touch_day, count(*) FROM staging.touches
    GROUP BY touch_day
)

SELECT days_to_do.day, coalesce(sum(found.size), 0)::BIGINT AS size
FROM days_to_do
LEFT JOIN found USING (day)
GROUP BY days_to_do.day
ORDER BY days_to_do.day;
