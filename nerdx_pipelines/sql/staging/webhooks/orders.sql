-- Linted as if fields of bodies were columns. -- noqa: disable=CP02,RF01,RF03

-- No days were pulled whole.
SET VARIABLE first_day = NULL::DATE;
SET VARIABLE last_day = NULL::DATE;
SET VARIABLE pulled_at = NULL::TIMESTAMPTZ;

-- Orders of webhooks as `orders/read` has those of pulls. What a body does not say, and what no
-- body says (visits), stays as it is known.
CREATE OR REPLACE TEMP TABLE pulled_orders AS
WITH given AS (  -- one row an order with refunds
    SELECT
        told.order_id,
        list({
            id: 'gid://shopify/Refund/' || told.refund_id, createdAt: told.created_at,
            totalRefundedSet: {
                shopMoney: {
                    amount: given_back(told.amount, told.currency, told.lines, orders.currency)
                }
            }
        } ORDER BY told.refund_id) AS refunds
    FROM landed.refunds AS told
    INNER JOIN landed.orders ON told.order_id = orders.order_id
    WHERE NOT told.is_alone
    GROUP BY told.order_id
)

SELECT
    'gid://shopify/Order/' || told.order_id AS id, told.order_id,
    if(told.present[10], told.name, known.name) AS name,
    if(told.present[8], told.customer.id, known.customer_id) AS customer_id,
    told.processed_at, told.created_at, told.updated_at,
    if(told.present[9], told.cancelled_at, known.cancelled_at) AS cancelled_at,
    if(told.present[12], upper(told.financial_status), known.financial_status) AS financial_status,
    coalesce(if(told.present[14], told.test, known.test), FALSE) AS test, told.currency,
    if(told.present[16], told.presentment_currency, known.presentment_currency)
        AS presentment_currency,
    told.total_price, shop_day(told.processed_at) AS order_day,
    if(told.present[11], upper(told.cancel_reason), known.cancel_reason) AS cancel_reason,
    if(told.present[13], told.source_name, known.source_name) AS source_name,
    coalesce(if(told.present[15], told.taxes_included, known.taxes_included), FALSE)
        AS taxes_included,
    coalesce(known.journey_ready, FALSE) AS journey_ready,
    given.refunds
FROM landed.orders AS told
LEFT JOIN staging.orders AS known ON told.order_id = known.order_id
LEFT JOIN given ON told.order_id = given.order_id
WHERE
    told.webhook_id IN (SELECT webhook_id FROM fresh)
    AND told.webhook_id NOT IN (SELECT webhook_id FROM passed)
    -- Nor what a pull has seen the same second of since.
    AND NOT EXISTS (
        SELECT 1 FROM staging.pulls
        WHERE
            known.updated_at = told.updated_at AND pulls.resource IN ('orders', 'order_changes')
            AND pulls.pulled_at > told.triggered_at
            AND (
                pulls.since <= told.updated_at
                OR known.order_day BETWEEN pulls.first_day AND pulls.last_day
            )
    );

CREATE OR REPLACE TEMP TABLE faulty_orders (order_id BIGINT);

CREATE OR REPLACE TEMP TABLE pulled_lines AS
SELECT TRUE AS is_line, told.* FROM landed.order_lines AS told
WHERE told.order_id IN (SELECT order_id FROM pulled_orders);

CREATE OR REPLACE TEMP TABLE pulled_visits AS
SELECT * EXCLUDE (order_day) FROM staging.order_visits
WHERE order_id IN (SELECT order_id FROM pulled_orders);

CREATE OR REPLACE TEMP TABLE pulled_refund_lines AS
SELECT
    'gid://shopify/RefundLineItem/' || line.id AS id,
    'gid://shopify/Refund/' || refund_id AS refund_gid, refund_id, line.line_id, line.quantity,
    line.subtotal, line.tax
FROM (
    SELECT refund_id, unnest(lines) AS line FROM landed.refunds
    WHERE NOT is_alone AND order_id IN (SELECT order_id FROM pulled_orders)
);

-- A refund that came by itself waits for a version of its order that shows it.
INSERT INTO staging.waiting_refunds BY NAME
SELECT
    told.refund_id, told.order_id, told.created_at, told.currency, told.amount, told.lines,
    now() AS told_at
FROM landed.refunds AS told
WHERE
    told.is_alone AND told.webhook_id IN (SELECT webhook_id FROM fresh)
    AND told.refund_id NOT IN (SELECT refund_id FROM staging.waiting_refunds)
    AND told.refund_id NOT IN (SELECT refund_id FROM staging.refunds)
    AND told.order_id NOT IN (SELECT id FROM staging.tombstones WHERE kind = 'ORDER');
