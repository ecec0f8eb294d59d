-- How far a run of the same days that did not end has come: done_day. What was left a day ago or
-- longer is begun anew.
DELETE FROM staging.range_progress WHERE stored_at < now() - INTERVAL 1 DAY;
SET VARIABLE done_day = (
    SELECT max(done_day) FROM staging.range_progress
    WHERE
        asset = getvariable('asset') AND first_day = getvariable('first_day')
        AND last_day = getvariable('last_day')
);
