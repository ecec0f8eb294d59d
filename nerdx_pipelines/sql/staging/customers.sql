-- Upsert customers from a pulled file, newest wins.
-- A redacted e-mail arrives as null and takes the known one with it on purpose.
CREATE OR REPLACE TEMP TABLE pulled AS
FROM read_json(
    getvariable('file'), format = 'newline_delimited',
    columns = {
        id: 'VARCHAR', defaultEmailAddress: 'STRUCT(emailAddress VARCHAR)',
        createdAt: 'TIMESTAMPTZ', updatedAt: 'TIMESTAMPTZ'
    }
);

CREATE OR REPLACE TEMP TABLE newer AS
SELECT
    gid_number(pulled.id) AS customer_id, pulled.defaultEmailAddress.emailAddress AS email,
    pulled.createdAt AS created_at, pulled.updatedAt AS updated_at
FROM pulled
LEFT JOIN staging.customers AS known ON known.customer_id = gid_number(pulled.id)
WHERE known.updated_at IS NULL OR pulled.updatedAt >= known.updated_at
QUALIFY row_number() OVER (PARTITION BY pulled.id ORDER BY pulled.updatedAt DESC) = 1;

DELETE FROM staging.customers WHERE customer_id IN (SELECT customer_id FROM newer);
INSERT INTO staging.customers BY NAME FROM newer;
