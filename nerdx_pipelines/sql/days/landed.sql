-- One row a day of the range that a run before this one did not store: the touches landed of it.
CREATE OR REPLACE TEMP TABLE landed_days AS
WITH days AS (
    SELECT
        unnest(generate_series(
            coalesce(getvariable('done_day')::DATE + 1, getvariable('first_day')::DATE),
            getvariable('last_day')::DATE, INTERVAL 1 DAY
        ))::DATE AS day
),

found AS (
    SELECT shop_day(touched_at) AS day, count(*) AS size
    FROM read_parquet(getvariable('folder') || '/touches.parquet')
    GROUP BY ALL
)

SELECT day, coalesce(found.size, 0)::BIGINT AS size
FROM days
LEFT JOIN found USING (day);
