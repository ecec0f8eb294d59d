-- Keep the events that cannot be used, each once; one that has come well is none of them.
DELETE FROM staging.rejected
WHERE
    source = 'event'
    AND (
        record_id IN (SELECT message_id FROM good_events)
        OR (coalesce(record_id, ''), reason, coalesce(raw, '')) IN (
            SELECT (coalesce(message_id, ''), reason, coalesce(raw, '')) FROM read_events
            WHERE reason IS NOT NULL
        )
    );

INSERT INTO staging.rejected BY NAME
SELECT
    'event' AS source, message_id AS record_id, NULL AS parent_id, reason, raw,
    min(parse_filename(file)) AS file, now() AS rejected_at
FROM read_events
WHERE
    reason IS NOT NULL
    AND (message_id IS NULL OR message_id NOT IN (SELECT message_id FROM staging.events))
GROUP BY message_id, reason, raw
ORDER BY ALL;
