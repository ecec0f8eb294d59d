-- One row a webhook of the batch, each webhook_id once; a line without one is none.
CREATE OR REPLACE TEMP TABLE lines AS
SELECT
    webhook_id, topic, shop_domain, coalesce(triggered_at, received_at) AS triggered_at,
    received_at, parse_filename(filename) AS segment, body,
    coalesce(webhook_id, '') <> '' AND coalesce(topic, '') <> '' AND json_valid(body) AS is_readable
FROM raw_webhook;

CREATE OR REPLACE TEMP TABLE told AS
SELECT * EXCLUDE (is_readable) FROM lines
WHERE
    is_readable
    AND rowid IN (
        SELECT arg_min(rowid, (received_at, segment, rowid)) FROM lines AS each
        WHERE is_readable
        GROUP BY webhook_id
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
