-- Linted as if fields of bodies were columns. -- noqa: disable=RF01,RF03

-- One row a webhook of a deletion, an edit or a demand of the privacy laws: whom it is about.
-- Their bodies hold ids, and no version of anything.
CREATE OR REPLACE TEMP TABLE other_bodies AS
SELECT
    *,
    CASE
        WHEN topic LIKE 'orders/%' THEN 'ORDER'
        WHEN topic LIKE 'products/%' THEN 'PRODUCT'
        WHEN topic LIKE 'customers/%' THEN 'CUSTOMER'
        ELSE 'SHOP'
    END AS kind,
    try_cast(CASE
        WHEN topic = 'orders/edited' THEN body ->> '$.order_edit.order_id'
        WHEN topic IN ('customers/redact', 'customers/data_request') THEN body ->> '$.customer.id'
        WHEN topic = 'shop/redact' THEN body ->> '$.shop_id'
        ELSE body ->> '$.id'
    END AS BIGINT) AS resource_id
FROM told
WHERE topic IN (
    'orders/edited', 'orders/delete', 'products/delete', 'customers/delete', 'customers/redact',
    'customers/data_request', 'shop/redact'
);

INSERT INTO faults BY NAME
SELECT
    webhook_id, topic, 'whom it is about is missing, or no number' AS reason, body AS raw,
    segment AS file
FROM other_bodies
WHERE resource_id IS NULL;

INSERT INTO versions BY NAME
SELECT
    webhook_id, kind, resource_id,
    resource_id IS NOT NULL AND topic = 'orders/edited' AS asks_for_pull
FROM other_bodies;

CREATE OR REPLACE TABLE deletions AS
SELECT webhook_id, kind, resource_id, triggered_at FROM other_bodies
WHERE topic LIKE '%/delete' AND resource_id IS NOT NULL;

CREATE OR REPLACE TABLE demands AS
SELECT webhook_id, topic, kind, resource_id, triggered_at, body FROM other_bodies
WHERE (topic LIKE '%/redact' OR topic = 'customers/data_request') AND resource_id IS NOT NULL;

-- Of whom the batch says something personal.
CREATE OR REPLACE TABLE people AS
SELECT body.customer.id AS customer_id, triggered_at FROM order_bodies
WHERE body.customer.id IS NOT NULL
UNION ALL
SELECT body.id, triggered_at FROM customer_bodies
WHERE body.id IS NOT NULL
UNION ALL
SELECT resource_id, triggered_at FROM other_bodies
WHERE kind = 'CUSTOMER' AND resource_id IS NOT NULL;
