-- Erase what is personal in staging of those who demand it, and remember who did. What stays is
-- known by ids alone: what was bought, seen and clicked. A demand that was applied before is done
-- again, since the process may have died before it came to the files.
CREATE OR REPLACE TEMP TABLE redacted AS
SELECT kind, resource_id AS id, max(triggered_at) AS redacted_at FROM landed.demands
WHERE topic LIKE '%/redact'
GROUP BY ALL;

INSERT INTO redacted BY NAME
SELECT known.* FROM staging.redactions AS known
SEMI JOIN redacted USING (kind, id);

DELETE FROM staging.redactions WHERE (kind, id) IN (SELECT kind, id FROM redacted);
INSERT INTO staging.redactions BY NAME
SELECT kind, id, max(redacted_at) AS redacted_at FROM redacted
GROUP BY ALL
ORDER BY kind, id;

-- One row a customer whose data go, with the digest that e-mails of events are kept as.
CREATE OR REPLACE TEMP TABLE erased AS
SELECT customer_id, email, email_digest(email) AS digest FROM staging.customers
WHERE
    customer_id IN (SELECT id FROM redacted WHERE kind = 'CUSTOMER')
    OR created_at <= (SELECT max(redacted_at) FROM redacted WHERE kind = 'SHOP')
UNION
-- The e-mail that the demand itself names, of one whose own is another by now, or unknown.
SELECT resource_id, body ->> '$.customer.email', email_digest(body ->> '$.customer.email')
FROM landed.demands
WHERE topic = 'customers/redact';

UPDATE staging.customers SET email = NULL
WHERE customer_id IN (SELECT customer_id FROM erased);

UPDATE staging.events
SET
    email_digest = NULL,
    anonymous_id = if(
        anonymous_id = 'email ' || erased.digest, 'erased ' || erased.customer_id, anonymous_id
    )
FROM erased
WHERE events.email_digest = erased.digest OR events.anonymous_id = 'email ' || erased.digest;

UPDATE staging.touches SET anonymous_id = 'erased ' || erased.customer_id
FROM erased
WHERE touches.anonymous_id = 'email ' || erased.digest;

UPDATE staging.identities SET anonymous_id = 'erased ' || erased.customer_id
FROM erased
WHERE identities.anonymous_id = 'email ' || erased.digest;

DELETE FROM staging.rejected
WHERE
    EXISTS (SELECT 1 FROM redacted WHERE kind = 'SHOP')
    OR EXISTS (
        SELECT 1 FROM erased
        WHERE
            contains(rejected.raw, erased.email)
            OR contains(rejected.raw, erased.customer_id::VARCHAR)
    );

-- Whose data files may hold: of who demands it now, any file; of who did before, the batch's own.
CREATE OR REPLACE TEMP TABLE to_erase AS
SELECT 'id' AS what, customer_id::VARCHAR AS value, TRUE AS is_new FROM erased
UNION ALL
SELECT 'email', lower(email), TRUE FROM erased
WHERE email IS NOT NULL
UNION ALL
SELECT 'id', order_id::VARCHAR, TRUE FROM staging.orders
WHERE customer_id IN (SELECT id FROM redacted WHERE kind = 'CUSTOMER')
UNION ALL
SELECT 'id', unnest(json_extract_string(body, '$.orders_to_redact[*]')), TRUE FROM landed.demands
WHERE topic = 'customers/redact'
UNION ALL
SELECT 'everybody', NULL, TRUE FROM redacted
WHERE kind = 'SHOP'
UNION ALL
SELECT 'id', people.customer_id::VARCHAR, FALSE FROM landed.people
INNER JOIN staging.redactions AS known ON people.customer_id = known.id AND known.kind = 'CUSTOMER'
UNION ALL
SELECT 'everybody', NULL, FALSE
WHERE EXISTS (
    SELECT 1 FROM landed.people
    INNER JOIN staging.redactions AS known
        ON known.kind = 'SHOP' AND people.triggered_at <= known.redacted_at
);
