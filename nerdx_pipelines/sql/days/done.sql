-- `consumer` has made days_to_do. What every consumer has seen need not be kept.
DELETE FROM staging.changes_seen WHERE consumer = getvariable('consumer');
INSERT INTO staging.changes_seen
SELECT getvariable('consumer'), coalesce(max(change_id), 0)
FROM (
    SELECT change_id FROM staging.changed_days
    UNION ALL
    SELECT change_id FROM staging.changes_seen
);

DELETE FROM staging.changed_days
WHERE
    change_id <= (SELECT min(change_id) FROM staging.changes_seen)
    AND (SELECT count(*) FROM staging.changes_seen) = getvariable('consumers');
