-- One row: the days that are held out, the last ones of all days with purchases of known customers:
-- getvariable('most_days'), or a quarter of what there is. None if that is less than a week.
WITH purchases AS (  -- an instant in the future is a clock that was wrong
    SELECT shop_day(min(processed_at)) AS first_day, shop_day(max(processed_at)) AS last_day
    FROM staging.live_lines
    WHERE customer_id IS NOT NULL AND processed_at <= now()
),

lengths AS (
    SELECT
        last_day,
        least(getvariable('most_days'), (last_day - first_day + 1) // 4)::INTEGER AS held_out_days
    FROM purchases
)

SELECT
    held_out_days,
    (last_day - held_out_days + 1)::TIMESTAMP AT TIME ZONE getvariable('timezone') AS split_at,
    (last_day + 1)::TIMESTAMP AT TIME ZONE getvariable('timezone') AS until
FROM lengths
WHERE held_out_days >= 7;
