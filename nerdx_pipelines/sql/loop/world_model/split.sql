-- One row: the month that learning is tested on, 30 whole days of the shop before the day of the
-- data's present; and since when anything is known. What is later than the month is not looked at.
WITH moments AS (
    SELECT processed_at AS moment FROM staging.live_lines
    UNION ALL
    SELECT touched_at AS moment FROM staging.touches
),

ends AS (  -- an instant in the future is a clock that was wrong
    SELECT min(moment) AS since, max(moment) AS present
    FROM moments
    WHERE moment <= now()
)

SELECT
    (shop_day(present) - 30)::TIMESTAMP AT TIME ZONE getvariable('timezone') AS validation_from,
    shop_day(present)::TIMESTAMP AT TIME ZONE getvariable('timezone') AS validation_until,
    since, present
FROM ends;
