-- One row a day that `consumer` has to make: those of the run, and every other one that changed
-- since it last looked.
CREATE OR REPLACE TEMP TABLE days_to_do AS
SELECT
    unnest(
        generate_series(getvariable('first_day'), getvariable('last_day'), INTERVAL 1 DAY)
    )::DATE AS day
UNION
SELECT day FROM staging.changed_days
WHERE change_id > coalesce((
    SELECT max(change_id) FROM staging.changes_seen
    WHERE consumer = getvariable('consumer')
), 0);
