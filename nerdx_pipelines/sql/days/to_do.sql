-- One row a day that `consumer` has to make: those of the run that one before it did not store,
-- and every other one that changed since it last looked; last_change is the last one it sees now.
SET VARIABLE last_change = (FROM staging.last_change);
CREATE OR REPLACE TEMP TABLE days_to_do AS
SELECT
    unnest(generate_series(
        coalesce(getvariable('done_day')::DATE + 1, getvariable('first_day')::DATE),
        getvariable('last_day')::DATE, INTERVAL 1 DAY
    ))::DATE AS day
UNION
SELECT day FROM staging.changed_days AS changed
WHERE
    change_id > coalesce((
        SELECT max(change_id) FROM staging.changes_seen
        WHERE consumer = getvariable('consumer')
    ), 0)
    -- What a range that is under way, or was killed, has stored shows them already.
    AND NOT EXISTS (
        SELECT 1 FROM staging.range_progress AS progress
        WHERE
            progress.asset = getvariable('consumer')
            AND changed.day BETWEEN progress.first_day AND progress.done_day
            AND changed.change_id <= progress.change_id
    );
SET VARIABLE from_day = (SELECT min(day) FROM days_to_do);
SET VARIABLE to_day = (SELECT max(day) FROM days_to_do);
