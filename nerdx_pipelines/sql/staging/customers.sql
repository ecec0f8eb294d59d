-- Upsert customers from raw_customer, newest wins; a deleted one stays so, and
-- whose data were erased stays without.
-- A redacted e-mail arrives as null and takes the known one with it on purpose.
CREATE OR REPLACE TEMP TABLE faulty AS
FROM unreadable
UNION ALL BY NAME
SELECT
    'customer' AS source, id AS record_id, NULL AS parent_id, reason,
    to_json(raw_customer)::VARCHAR AS raw, getvariable('customer_file') AS file
FROM (
    SELECT
        raw_customer, id,
        CASE
            WHEN gid_number(id) IS NULL THEN 'id is missing, or no global id'
            WHEN updatedAt IS NULL THEN 'updatedAt is missing'
        END AS reason
    FROM raw_customer
)
WHERE reason IS NOT NULL;

-- One row a customer of the file whose data were erased, and the address that is told again.
CREATE OR REPLACE TEMP TABLE told_again AS
SELECT DISTINCT
    gid_number(pulled.id) AS customer_id, pulled.defaultEmailAddress.emailAddress AS email
FROM raw_customer AS pulled
WHERE
    gid_number(pulled.id) IN (SELECT id FROM staging.redactions WHERE kind = 'CUSTOMER')
    OR pulled.createdAt <= (SELECT max(redacted_at) FROM staging.redactions WHERE kind = 'SHOP');

INSERT INTO staging.erased_addresses BY NAME
SELECT address_mark('email ' || email_digest(email)) AS mark, customer_id FROM told_again
WHERE email_digest(email) IS NOT NULL
EXCEPT
FROM staging.erased_addresses;

CREATE OR REPLACE TEMP TABLE newer AS
SELECT
    gid_number(pulled.id) AS customer_id,
    if(
        gid_number(pulled.id) IN (SELECT customer_id FROM told_again),
        NULL, pulled.defaultEmailAddress.emailAddress
    ) AS email,
    pulled.createdAt AS created_at, pulled.updatedAt AS updated_at,
    (known.updated_at IS NULL OR pulled.updatedAt > known.updated_at) AS is_change
FROM raw_customer AS pulled
LEFT JOIN staging.customers AS known ON gid_number(pulled.id) = known.customer_id
WHERE
    gid_number(pulled.id) IS NOT NULL AND pulled.updatedAt IS NOT NULL
    AND (known.updated_at IS NULL OR pulled.updatedAt >= known.updated_at)
    AND gid_number(pulled.id) NOT IN (SELECT id FROM staging.tombstones WHERE kind = 'CUSTOMER')
QUALIFY row_number() OVER (PARTITION BY pulled.id ORDER BY pulled.updatedAt DESC) = 1;

DELETE FROM staging.customers WHERE customer_id IN (SELECT customer_id FROM newer);
INSERT INTO staging.customers BY NAME SELECT * EXCLUDE (is_change) FROM newer;

CREATE OR REPLACE TEMP VIEW good_records AS
SELECT 'gid://shopify/Customer/' || customer_id AS id FROM newer;
