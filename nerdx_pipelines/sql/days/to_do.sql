-- One row a day that `consumer` has to make: those of the run that no run before it left done, and
-- every other one that changed since it last looked; last_change is the last one it sees now.
SET VARIABLE last_change = (
    SELECT coalesce(max(change_id), 0)
    FROM (
        SELECT change_id FROM staging.changed_days
        UNION ALL
        SELECT change_id FROM staging.changes_seen
    )
);
CREATE OR REPLACE TEMP TABLE days_to_do AS
SELECT
    unnest(generate_series(
        coalesce(getvariable('done_day')::DATE + 1, getvariable('first_day')::DATE),
        getvariable('last_day')::DATE, INTERVAL 1 DAY
    ))::DATE AS day
UNION
SELECT day FROM staging.changed_days
WHERE
    change_id > coalesce((
        SELECT max(change_id) FROM staging.changes_seen
        WHERE consumer = getvariable('consumer')
    ), 0)
    AND NOT coalesce(
        day BETWEEN getvariable('first_day') AND getvariable('done_day')::DATE
        AND change_id <= getvariable('done_change'), FALSE
    );
SET VARIABLE from_day = (SELECT min(day) FROM days_to_do);
SET VARIABLE to_day = (SELECT max(day) FROM days_to_do);
