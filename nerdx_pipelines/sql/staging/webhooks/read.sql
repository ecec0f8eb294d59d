-- One row a line of the batch.
CREATE OR REPLACE TEMP TABLE lines AS
SELECT
    webhook_id, topic, shop_domain, coalesce(triggered_at, received_at) AS triggered_at,
    received_at, parse_filename(filename) AS segment, body,
    coalesce(webhook_id, '') <> '' AND coalesce(topic, '') <> '' AND json_valid(body) AS is_readable
FROM raw_webhook;

-- One row a webhook: each webhook_id once.
CREATE OR REPLACE TEMP TABLE told AS
SELECT told_lines.* EXCLUDE (told_lines.is_readable) FROM lines AS told_lines
WHERE
    told_lines.is_readable
    AND told_lines.rowid IN (
        SELECT arg_min(lines.rowid, (lines.received_at, lines.segment, lines.rowid)) FROM lines
        WHERE lines.is_readable
        GROUP BY lines.webhook_id
    );

-- What no later statement can make anything of, and why.
CREATE OR REPLACE TABLE faults AS
SELECT
    webhook_id, topic,
    CASE
        WHEN coalesce(webhook_id, '') = '' THEN 'webhook_id is missing'
        WHEN coalesce(topic, '') = '' THEN 'topic is missing'
        WHEN body IS NULL THEN 'body is missing'
        ELSE 'the body is no JSON'
    END AS reason,
    NULL::VARCHAR AS record_id, body AS raw, segment AS file
FROM lines
WHERE NOT is_readable OR is_readable IS NULL;

CREATE OR REPLACE TABLE webhooks AS
SELECT
    webhook_id, topic, shop_domain, triggered_at, received_at, segment,
    json_extract(body, '$.id')::VARCHAR AS body_id
FROM told;

CREATE OR REPLACE TABLE counted AS
SELECT count(*) AS read FROM lines
WHERE is_readable;
