-- Give the orders of `newer` the refunds that a webhook told of and that this version does not
-- show, being older; those that it shows wait no longer.
DELETE FROM staging.waiting_refunds
WHERE refund_id IN (
    SELECT gid_number(refund.id)
    FROM (
        SELECT unnest(refunds) AS refund FROM newer
        WHERE order_id IN (SELECT order_id FROM staging.waiting_refunds)
    )
);

UPDATE newer SET refunds = list_concat(newer.refunds, added.refunds)
FROM (
    SELECT
        waiting.order_id,
        list({
            id: 'gid://shopify/Refund/' || waiting.refund_id, createdAt: waiting.created_at,
            totalRefundedSet: {
                shopMoney: {
                    amount: given_back(
                        waiting.amount, waiting.currency, waiting.lines, orders.currency
                    )
                }
            }
        } ORDER BY waiting.refund_id) AS refunds
    FROM staging.waiting_refunds AS waiting
    INNER JOIN newer AS orders USING (order_id)
    GROUP BY waiting.order_id
) AS added
WHERE newer.order_id = added.order_id;

INSERT INTO pulled_refund_lines BY NAME
SELECT
    'gid://shopify/RefundLineItem/' || line.id AS id,
    'gid://shopify/Refund/' || refund_id AS refund_gid, refund_id, line.line_id, line.quantity,
    line.subtotal, line.tax
FROM (
    SELECT refund_id, unnest(lines) AS line FROM staging.waiting_refunds
    WHERE order_id IN (SELECT order_id FROM newer)
);
