-- One row a webhook of which nothing can be made, or a line of a segment that is none.
CREATE OR REPLACE TEMP TABLE faulty AS
SELECT
    'webhook' AS source, coalesce(record_id, webhook_id) AS record_id, NULL::VARCHAR AS parent_id,
    topic || ': ' || reason AS reason, raw, file
FROM landed.faults
WHERE webhook_id IN (SELECT webhook_id FROM fresh)
UNION ALL BY NAME
SELECT
    'webhook_line' AS source, NULL::VARCHAR AS record_id, NULL::VARCHAR AS parent_id, reason, raw,
    file
FROM landed.unreadable;

CREATE OR REPLACE TEMP VIEW good_records AS SELECT NULL::VARCHAR AS id;
