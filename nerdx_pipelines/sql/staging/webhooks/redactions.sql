-- Erase what is personal in staging of those who demand it, and remember who did. What stays is
-- known by ids alone: what was bought, seen and clicked. A demand that was applied before is done
-- again, since the process may have died before it came to the files.
CREATE OR REPLACE TEMP TABLE redacted AS
SELECT kind, resource_id AS id, max(triggered_at) AS redacted_at FROM landed.demands
WHERE topic LIKE '%/redact'
GROUP BY ALL
UNION ALL
SELECT 'ORDER', id, max(triggered_at)
FROM (
    SELECT
        try_cast(unnest(json_extract_string(body, '$.orders_to_redact[*]')) AS BIGINT) AS id,
        triggered_at
    FROM landed.demands
    WHERE topic = 'customers/redact'
)
WHERE id IS NOT NULL
GROUP BY id;

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

-- What names the addresses elsewhere is looked for when the whole batch has told its addresses.
INSERT INTO staging.erased_addresses BY NAME
SELECT DISTINCT address_mark('email ' || digest) AS mark, customer_id FROM erased
WHERE digest IS NOT NULL
EXCEPT
FROM staging.erased_addresses;

UPDATE staging.rejected SET raw = NULL
WHERE EXISTS (SELECT 1 FROM redacted WHERE kind = 'SHOP');

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
SELECT 'id', id::VARCHAR, TRUE FROM redacted
WHERE kind = 'ORDER'
UNION ALL
SELECT 'id', anonymous_id, TRUE FROM staging.known_ids
WHERE customer_id IN (SELECT customer_id FROM erased)
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
