-- `consumer` has made all that changed up to last_change. What every consumer has seen need not
-- be kept.
CREATE OR REPLACE TEMP TABLE seen AS
SELECT
    greatest(getvariable('last_change')::BIGINT, coalesce(max(change_id), 0)) AS change_id
FROM staging.changes_seen
WHERE consumer = getvariable('consumer');
DELETE FROM staging.changes_seen WHERE consumer = getvariable('consumer');
INSERT INTO staging.changes_seen SELECT getvariable('consumer'), change_id FROM seen;

DELETE FROM staging.changed_days
WHERE
    change_id <= (SELECT min(change_id) FROM staging.changes_seen)
    AND (SELECT count(*) FROM staging.changes_seen) = getvariable('consumers');
