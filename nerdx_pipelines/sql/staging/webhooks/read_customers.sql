-- Fields of bodies are linted as if they were columns of tables. -- noqa: disable=RF01,RF03

-- One row a webhook with a customer in its body, as `body`, and what is wrong with it.
CREATE OR REPLACE TEMP TABLE customer_bodies AS
SELECT
    webhook_id, topic, segment, triggered_at, raw, body, has_email, has_time,
    CASE
        WHEN body.id IS NULL THEN 'id is missing, or no number'
        WHEN body.updated_at IS NULL AND has_time THEN 'updated_at is no instant'
        WHEN body.created_at IS NULL THEN 'created_at is missing, or no instant'
    END AS fault
FROM (
    SELECT
        webhook_id, topic, segment, triggered_at, body AS raw,
        json_transform(body, getvariable('customer_shape')) AS body,
        json_exists(body, '$.email') AS has_email, json_exists(body, '$.updated_at') AS has_time
    FROM told
    WHERE topic IN (
        'customers/create', 'customers/update', 'customers/enable', 'customers/disable'
    )
);

INSERT INTO faults BY NAME
SELECT
    webhook_id, topic, fault AS reason, 'gid://shopify/Customer/' || body.id AS record_id, raw,
    segment AS file
FROM customer_bodies
WHERE fault IS NOT NULL;

INSERT INTO versions BY NAME
SELECT
    webhook_id, 'CUSTOMER' AS kind, body.id AS resource_id, body.updated_at,
    fault IS NULL AND NOT has_time AS asks_for_pull
FROM customer_bodies;

CREATE OR REPLACE TABLE customers AS
SELECT DISTINCT ON (body.id)
    webhook_id, triggered_at, has_email, body.id AS customer_id, body.* EXCLUDE (id)
FROM customer_bodies
WHERE fault IS NULL AND has_time
ORDER BY body.id, body.updated_at DESC, triggered_at DESC, webhook_id DESC;
