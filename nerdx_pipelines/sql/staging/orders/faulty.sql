-- One row a record of raw_order or raw_refund_line that cannot be used, and why; orders that
-- have one in faulty_orders. Those wait as a whole: without a line their figures would be wrong.
CREATE OR REPLACE TEMP TABLE faulty AS
FROM unreadable
UNION ALL BY NAME
SELECT
    'order' AS source, id AS record_id, __parentId AS parent_id, reason,
    to_json(raw_order)::VARCHAR AS raw, getvariable('order_file') AS file
FROM (
    SELECT
        raw_order, id, __parentId,
        CASE
            WHEN gid_number(id) IS NULL THEN 'id is missing, or no global id'
            WHEN __parentId IS NOT NULL AND gid_number(__parentId) IS NULL
                THEN '__parentId is no global id'
            WHEN id LIKE 'gid://shopify/Order/%' THEN
                CASE
                    WHEN processedAt IS NULL THEN 'processedAt is missing'
                    WHEN createdAt IS NULL THEN 'createdAt is missing'
                    WHEN updatedAt IS NULL THEN 'updatedAt is missing'
                    WHEN totalPriceSet.shopMoney.amount IS NULL
                        THEN 'totalPriceSet.shopMoney.amount is missing'
                    WHEN NOT is_currency(totalPriceSet.shopMoney.currencyCode)
                        THEN 'totalPriceSet.shopMoney.currencyCode is no known currency'
                END
            WHEN id LIKE 'gid://shopify/LineItem/%' THEN
                CASE
                    WHEN __parentId IS NULL THEN '__parentId is missing'
                    WHEN quantity IS NULL THEN 'quantity is missing'
                    WHEN originalUnitPriceSet.shopMoney.amount IS NULL
                        THEN 'originalUnitPriceSet.shopMoney.amount is missing'
                END
            WHEN id LIKE 'gid://shopify/CustomerVisit/%' THEN
                CASE
                    WHEN __parentId IS NULL THEN '__parentId is missing'
                    WHEN occurredAt IS NULL THEN 'occurredAt is missing'
                END
            ELSE 'an order has no records of this kind'
        END AS reason
    FROM raw_order
)
WHERE reason IS NOT NULL
UNION ALL BY NAME
SELECT
    'order' AS source, id AS record_id, __parentId AS parent_id,
    'its order is not in the file' AS reason, to_json(raw_order)::VARCHAR AS raw,
    getvariable('order_file') AS file
FROM raw_order
WHERE
    __parentId IS NOT NULL
    AND __parentId NOT IN (SELECT id FROM raw_order WHERE __parentId IS NULL AND id IS NOT NULL)
UNION ALL BY NAME
SELECT
    'refund_line' AS source, id AS record_id, __parentId AS parent_id, reason,
    to_json(raw_refund_line)::VARCHAR AS raw, getvariable('refund_line_file') AS file
FROM (
    SELECT
        raw_refund_line, id, __parentId,
        CASE
            WHEN gid_number(__parentId) IS NULL THEN '__parentId is missing, or no global id'
            WHEN gid_number(lineItem.id) IS NULL THEN 'lineItem is missing'
            WHEN quantity IS NULL THEN 'quantity is missing'
            WHEN subtotalSet.shopMoney.amount IS NULL
                THEN 'subtotalSet.shopMoney.amount is missing'
        END AS reason
    FROM raw_refund_line
)
WHERE reason IS NOT NULL;

CREATE OR REPLACE TEMP TABLE faulty_orders AS
SELECT gid_number(coalesce(parent_id, record_id)) AS order_id
FROM faulty
WHERE source = 'order' AND coalesce(record_id, '') NOT LIKE 'gid://shopify/CustomerVisit/%'
UNION
SELECT gid_number(raw_order.id)
FROM faulty
INNER JOIN (SELECT id, unnest(refunds) AS refund FROM raw_order WHERE len(refunds) > 0) AS raw_order
    ON faulty.parent_id = raw_order.refund.id
WHERE faulty.source = 'refund_line';
