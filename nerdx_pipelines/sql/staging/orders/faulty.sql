-- One row a record that cannot be used, and why; the orders that have one in faulty_orders.
-- Those wait as a whole: without a line their figures would be wrong.
CREATE OR REPLACE TEMP TABLE faults AS
SELECT
    'Order' AS kind, order_id AS id, order_id,
    CASE
        WHEN order_id IS NULL THEN 'id is missing, or no global id'
        WHEN NOT starts_with(id, 'gid://shopify/Order/') THEN 'no order, and no part of one'
        WHEN processed_at IS NULL THEN 'processedAt is missing'
        WHEN created_at IS NULL THEN 'createdAt is missing'
        WHEN updated_at IS NULL THEN 'updatedAt is missing'
        WHEN total_price IS NULL THEN 'totalPriceSet.shopMoney.amount is missing'
        ELSE 'totalPriceSet.shopMoney.currencyCode is no known currency'
    END AS reason
FROM pulled_orders
WHERE
    order_id IS NULL OR NOT starts_with(id, 'gid://shopify/Order/') OR processed_at IS NULL
    OR created_at IS NULL OR updated_at IS NULL OR total_price IS NULL
    OR NOT is_currency(currency)
UNION ALL
SELECT
    'LineItem', line_id, order_id,
    CASE
        WHEN NOT is_line THEN 'id is missing, or not that of a line item'
        WHEN line_id IS NULL THEN 'id is no global id'
        WHEN order_id IS NULL THEN '__parentId is no global id'
        WHEN quantity IS NULL THEN 'quantity is missing'
        ELSE 'originalUnitPriceSet.shopMoney.amount is missing'
    END
FROM pulled_lines
WHERE
    NOT is_line OR line_id IS NULL OR order_id IS NULL OR quantity IS NULL
    OR unit_price IS NULL
UNION ALL
SELECT 'LineItem', line_id, order_id, 'its order is not in the file'
FROM pulled_lines
ANTI JOIN pulled_orders USING (order_id)
WHERE order_id NOT IN (SELECT coalesce(gid_number(record_id), 0) FROM unreadable)
UNION ALL
SELECT 'CustomerVisit', visit_id, order_id, 'occurredAt is missing'
FROM pulled_visits
WHERE occurred_at IS NULL
UNION ALL
SELECT
    'Refund', refund_id, NULL,
    CASE
        WHEN refund_id IS NULL THEN '__parentId is missing, or no global id'
        WHEN line_id IS NULL THEN 'lineItem is missing'
        WHEN quantity IS NULL THEN 'quantity is missing'
        ELSE 'subtotalSet.shopMoney.amount is missing'
    END
FROM pulled_refund_lines
WHERE refund_id IS NULL OR line_id IS NULL OR quantity IS NULL OR subtotal IS NULL;

-- The same with the records as they came; files are looked through again only if there are any.
CREATE OR REPLACE TEMP TABLE faulty AS
FROM unreadable
UNION ALL BY NAME
SELECT DISTINCT
    'order' AS source, raw_order.id AS record_id, raw_order.__parentId AS parent_id,
    faults.reason, to_json(raw_order)::VARCHAR AS raw, getvariable('order_file') AS file
FROM raw_order
INNER JOIN faults
    ON
        gid_number(raw_order.id) IS NOT DISTINCT FROM faults.id
        AND gid_number(coalesce(raw_order.__parentId, raw_order.id))
        IS NOT DISTINCT FROM faults.order_id
        AND faults.kind <> 'Refund'
UNION ALL BY NAME
SELECT DISTINCT
    'refund_line' AS source, raw_refund_line.id AS record_id,
    raw_refund_line.__parentId AS parent_id, faults.reason,
    to_json(raw_refund_line)::VARCHAR AS raw, getvariable('refund_line_file') AS file
FROM raw_refund_line
INNER JOIN faults
    ON
        gid_number(raw_refund_line.__parentId) IS NOT DISTINCT FROM faults.id
        AND faults.kind = 'Refund'
        AND (
            raw_refund_line.lineItem.id IS NULL OR raw_refund_line.quantity IS NULL
            OR raw_refund_line.subtotalSet.shopMoney.amount IS NULL
            OR raw_refund_line.__parentId IS NULL
        );

CREATE OR REPLACE TEMP TABLE faulty_orders AS
SELECT order_id FROM faults
WHERE order_id IS NOT NULL AND kind <> 'CustomerVisit'
UNION
SELECT gid_number(coalesce(parent_id, record_id)) FROM unreadable
WHERE
    source = 'order' AND gid_number(coalesce(parent_id, record_id)) IS NOT NULL
    AND NOT starts_with(coalesce(record_id, ''), 'gid://shopify/CustomerVisit/')
UNION
SELECT order_id
FROM (SELECT order_id, unnest(refunds) AS refund FROM pulled_orders WHERE refunds IS NOT NULL)
WHERE
    gid_number(refund.id) IN (SELECT id FROM faults WHERE kind = 'Refund' AND id IS NOT NULL)
    OR refund.id IN (SELECT parent_id FROM unreadable WHERE source = 'refund_line');
