-- Fields of bodies are linted as if they were columns of tables. -- noqa: disable=RF01,RF03

-- One row a refund that can be used: of an order's newest version, and what came by itself.
-- What was given back is said in the currency of the payment, which may be another than the
-- shop's; the value of the lines is said in the shop's.
CREATE OR REPLACE TEMP TABLE refund_bodies AS
SELECT
    webhook_id, topic, segment, body, json_transform(body, getvariable('refund_shape')) AS refund
FROM told
WHERE topic = 'refunds/create';

INSERT INTO faults BY NAME
SELECT
    webhook_id, topic, reason, 'gid://shopify/Refund/' || refund_id AS record_id, body AS raw,
    segment AS file
FROM (
    SELECT
        * EXCLUDE (refund), refund.id AS refund_id,
        CASE
            WHEN refund.id IS NULL THEN 'id is missing, or no number'
            WHEN refund.order_id IS NULL THEN 'order_id is missing, or no number'
            WHEN refund.created_at IS NULL THEN 'created_at is missing, or no instant'
            ELSE refund_fault(refund)
        END AS reason
    FROM refund_bodies
)
WHERE reason IS NOT NULL;

INSERT INTO versions BY NAME
SELECT webhook_id, 'REFUND' AS kind, refund.id AS resource_id FROM refund_bodies;

CREATE OR REPLACE TABLE refunds AS
SELECT
    webhook_id, order_id, refund.id AS refund_id, refund.created_at,
    refund.transactions[1].currency AS currency,
    coalesce(list_sum([
        paid.amount FOR paid IN refund.transactions
        IF paid.kind = 'refund' AND paid.status NOT IN ('failure', 'error')
    ]), 0)::DECIMAL(18, 4) AS amount,
    [
        {
            id: line.id, line_id: line.line_item_id, quantity: line.quantity,
            subtotal: coalesce(line.subtotal_set.shop_money.amount, line.subtotal),
            tax: coalesce(line.total_tax_set.shop_money.amount, line.total_tax, 0)
        } FOR line IN refund.refund_line_items
    ] AS lines,
    is_alone
FROM (
    SELECT webhook_id, order_id, unnest(refunds) AS refund, FALSE AS is_alone FROM orders
    UNION ALL
    FROM (
        SELECT DISTINCT ON (refund.id) webhook_id, refund.order_id, refund, TRUE AS is_alone
        FROM refund_bodies
        ANTI JOIN faults USING (webhook_id)
        ORDER BY refund.id, webhook_id
    )
);
