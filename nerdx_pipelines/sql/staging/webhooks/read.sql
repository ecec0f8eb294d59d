-- One row a line of the batch; `kinds` says what an order's keys hold. Of a body that is no JSON
-- there are none: asked together, since reading the bodies is most of the work.
CREATE OR REPLACE TEMP TABLE lines AS
SELECT
    webhook_id, topic, shop_domain, coalesce(triggered_at, received_at) AS triggered_at,
    received_at, parse_filename(filename) AS segment, body,
    coalesce(webhook_id, '') <> '' AND coalesce(topic, '') <> '' AS is_named,
    try(json_type(body, [
        '$.processed_at', '$.created_at', '$.updated_at', '$.total_price', '$.currency',
        '$.line_items', '$.refunds', '$.customer', '$.cancelled_at', '$.name', '$.cancel_reason',
        '$.financial_status', '$.source_name', '$.test', '$.taxes_included',
        '$.presentment_currency'
    ])) AS kinds,
    kinds IS NOT NULL AS is_readable
FROM raw_webhook;

-- One row a webhook: each webhook_id once.
CREATE OR REPLACE TEMP TABLE kept AS
SELECT arg_min(rowid, (received_at, segment, rowid)) AS line FROM lines
WHERE is_named
GROUP BY webhook_id;

CREATE OR REPLACE TABLE webhooks AS
SELECT webhook_id, topic, shop_domain, triggered_at, received_at, segment FROM lines
WHERE rowid IN (SELECT line FROM kept);

CREATE OR REPLACE TABLE counted AS
SELECT count(*) AS read FROM lines
WHERE is_named;

-- Those whose bodies the other statements look at.
CREATE OR REPLACE TEMP VIEW told AS
SELECT * EXCLUDE (is_named, is_readable) FROM lines
WHERE is_readable AND rowid IN (SELECT line FROM kept);

CREATE OR REPLACE TABLE faults AS
SELECT
    webhook_id, topic, if(body IS NULL, 'body is missing', 'the body is no JSON') AS reason,
    NULL::VARCHAR AS record_id, body AS raw, segment AS file
FROM lines
WHERE NOT is_readable AND rowid IN (SELECT line FROM kept);

-- Lines that name no webhook are kept as lines that are none.
INSERT INTO unreadable BY NAME
SELECT
    if(coalesce(webhook_id, '') = '', 'webhook_id is missing', 'topic is missing') AS reason,
    coalesce(body, '{}') AS raw, segment AS file
FROM lines
WHERE NOT is_named;
