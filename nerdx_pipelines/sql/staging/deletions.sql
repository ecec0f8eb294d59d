-- Bury what raw_deletion says the shop deleted. A product keeps its row, with status DELETED,
-- because it was sold; orders are left in `replaced` to be removed; of a customer the e-mail goes.
CREATE OR REPLACE TEMP TABLE faulty AS
FROM unreadable
UNION ALL BY NAME
SELECT
    'deletion' AS source, id AS record_id, subjectId AS parent_id, reason,
    to_json(raw_deletion)::VARCHAR AS raw, getvariable('deletion_file') AS file
FROM (
    SELECT
        raw_deletion, id, subjectId,
        CASE
            WHEN gid_number(subjectId) IS NULL THEN 'subjectId is missing, or no global id'
            WHEN createdAt IS NULL THEN 'createdAt is missing'
        END AS reason
    FROM raw_deletion
)
WHERE reason IS NOT NULL;

-- A pull and a webhook may tell of the same deletion; it is as old as the oldest says.
CREATE OR REPLACE TEMP TABLE buried AS
WITH told AS (
    SELECT subjectType AS kind, gid_number(subjectId) AS id, min(createdAt) AS deleted_at
    FROM raw_deletion
    WHERE gid_number(subjectId) IS NOT NULL AND createdAt IS NOT NULL
    GROUP BY ALL
)

SELECT told.* FROM told
LEFT JOIN staging.tombstones AS known USING (kind, id)
WHERE known.deleted_at IS NULL OR told.deleted_at < known.deleted_at;

DELETE FROM staging.tombstones WHERE (kind, id) IN (SELECT kind, id FROM buried);
INSERT INTO staging.tombstones BY NAME
SELECT * FROM buried
ORDER BY kind, id;

UPDATE staging.products SET status = 'DELETED', updated_at = buried.deleted_at
FROM buried
WHERE buried.kind = 'PRODUCT' AND products.product_id = buried.id;

UPDATE staging.customers SET email = NULL, updated_at = buried.deleted_at
FROM buried
WHERE buried.kind = 'CUSTOMER' AND customers.customer_id = buried.id;

CREATE OR REPLACE TEMP TABLE replaced AS
SELECT id AS order_id FROM buried
WHERE kind = 'ORDER';

INSERT INTO staging.changed_days
SELECT
    (FROM staging.last_change) + row_number() OVER (ORDER BY day),
    day, 'deletion', now()
FROM (
    SELECT unnest([order_day, shop_day(cancelled_at)]) AS day FROM staging.orders
    WHERE order_id IN (SELECT order_id FROM replaced)
    UNION
    SELECT shop_day(created_at) FROM staging.refunds
    WHERE order_id IN (SELECT order_id FROM replaced)
)
WHERE day IS NOT NULL
ORDER BY day;

CREATE OR REPLACE TEMP VIEW good_records AS
SELECT id FROM raw_deletion
WHERE gid_number(subjectId) IS NOT NULL AND createdAt IS NOT NULL;
