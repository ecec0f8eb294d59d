-- Keep the events that cannot be used, each once; one that has come well is none of them.
CREATE OR REPLACE TEMP TABLE bad_events AS
SELECT message_id, reason, raw, min(parse_filename(file)) AS file
FROM read_events
WHERE reason IS NOT NULL
GROUP BY message_id, reason, raw;

DELETE FROM bad_events
WHERE
    message_id IN (
        SELECT message_id FROM staging.events
        SEMI JOIN bad_events USING (message_id)
    );

DELETE FROM staging.rejected
WHERE
    source = 'event'
    AND (
        record_id IN (SELECT message_id FROM good_events)
        OR EXISTS (
            SELECT 1 FROM bad_events
            WHERE
                rejected.record_id IS NOT DISTINCT FROM bad_events.message_id
                AND rejected.reason = bad_events.reason
                AND coalesce(rejected.raw = bad_events.raw, TRUE)  -- erased
        )
    );

INSERT INTO staging.rejected BY NAME
SELECT
    'event' AS source, message_id AS record_id, NULL AS parent_id, reason, raw, file,
    now() AS rejected_at
FROM bad_events
ORDER BY ALL;
