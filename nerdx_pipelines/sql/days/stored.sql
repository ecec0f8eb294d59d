-- `asset` has stored the days of its range up to stored_day; of a range that is done nothing is
-- kept. Another run of the same range may be ahead.
DELETE FROM staging.range_progress
WHERE
    asset = getvariable('asset') AND first_day = getvariable('first_day')
    AND last_day = getvariable('last_day')
    AND (
        done_day < getvariable('stored_day')
        OR getvariable('stored_day') >= getvariable('last_day')
    );

INSERT INTO staging.range_progress BY NAME
SELECT
    getvariable('asset') AS asset, getvariable('first_day') AS first_day,
    getvariable('last_day') AS last_day, getvariable('stored_day') AS done_day,
    getvariable('last_change')::BIGINT AS change_id,
    now() AS stored_at
WHERE
    getvariable('stored_day') < getvariable('last_day')
    AND NOT EXISTS (
        SELECT 1 FROM staging.range_progress
        WHERE
            asset = getvariable('asset') AND first_day = getvariable('first_day')
            AND last_day = getvariable('last_day')
    );
