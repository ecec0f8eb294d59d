-- One row a resource: versions that pulls of the last day brought and no webhook had. A pull that
-- began before the first webhook came counts for nothing.
SELECT resource, sum(brought)::BIGINT AS brought
FROM staging.pulls
WHERE
    since IS NOT NULL AND brought IS NOT NULL
    AND pulled_at > (SELECT max(newest.pulled_at) FROM staging.pulls AS newest) - INTERVAL 1 DAY
    AND pulled_at > (SELECT min(received_at) FROM staging.webhook_log)
GROUP BY resource
ORDER BY resource;
