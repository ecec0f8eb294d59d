-- Remember a successful pull of `resource`, and that those of the same days before it are past.
DELETE FROM staging.pulls
WHERE
    resource = getvariable('resource') AND since IS NOT NULL
    AND pulled_at < getvariable('pulled_at') - INTERVAL 90 DAYS;

INSERT INTO staging.pulls BY NAME
SELECT
    getvariable('resource') AS resource, getvariable('first_day') AS first_day,
    getvariable('last_day') AS last_day, getvariable('since') AS since,
    getvariable('pulled_at') AS pulled_at, getvariable('brought')::BIGINT AS brought;
