-- Fields of bodies are linted as if they were columns of tables. -- noqa: disable=RF01,RF03

-- Why a refund's body cannot be used; NULL if it can.
CREATE OR REPLACE TEMP MACRO refund_fault(refund) AS  -- noqa: CP05
CASE
    WHEN list_bool_or([
        line.line_item_id IS NULL OR line.quantity IS NULL
        OR coalesce(line.subtotal_set.shop_money.amount, line.subtotal) IS NULL
        FOR line IN refund.refund_line_items
    ]) THEN 'a line of the refund has no line_item_id, quantity or subtotal'
    WHEN list_bool_or([paid.amount IS NULL FOR paid IN refund.transactions])
        THEN 'a transaction of the refund has no amount'
END;

-- One row a webhook with an order in its body, as `body`, and what is wrong with it.
CREATE OR REPLACE TEMP TABLE order_bodies AS
SELECT
    webhook_id, triggered_at, body,
    -- Which of the keys below are there at all; the first seven have to be.
    [kind IS NOT NULL FOR kind IN kinds] AS present,
    CASE
        WHEN body.id IS NULL THEN 'id is missing, or no number'
        WHEN body.processed_at IS NULL AND kinds[1] IS NOT NULL THEN 'processed_at is no instant'
        WHEN body.created_at IS NULL AND kinds[2] IS NOT NULL THEN 'created_at is no instant'
        WHEN body.updated_at IS NULL AND kinds[3] IS NOT NULL THEN 'updated_at is no instant'
        WHEN body.total_price IS NULL AND kinds[4] IS NOT NULL THEN 'total_price is no amount'
        WHEN NOT is_currency(body.currency) AND kinds[5] IS NOT NULL
            THEN 'currency is no known currency'
        WHEN kinds[6] <> 'ARRAY' THEN 'line_items is no list'
        WHEN kinds[7] <> 'ARRAY' THEN 'refunds is no list'
        WHEN kinds[8] NOT IN ('NULL', 'OBJECT') OR kinds[8] = 'OBJECT' AND body.customer.id IS NULL
            THEN 'customer has no id'
        WHEN body.cancelled_at IS NULL AND kinds[9] <> 'NULL' THEN 'cancelled_at is no instant'
        WHEN
            list_bool_or([
                item.id IS NULL OR item.quantity IS NULL OR item.price IS NULL
                OR list_bool_or([part.amount IS NULL FOR part IN item.discount_allocations])
                OR list_bool_or([part.price IS NULL FOR part IN item.tax_lines])
                FOR item IN body.line_items
            ])
            THEN 'a line item has no id, quantity or price, or a discount or tax without amount'
        WHEN list_bool_or([refund.id IS NULL FOR refund IN body.refunds])
            THEN 'a refund has no id'
        ELSE list_max([refund_fault(refund) FOR refund IN body.refunds])
    END AS fault,
    list_bool_or([kind IS NULL FOR kind IN kinds[:7]]) AS is_partial
FROM (
    SELECT
        webhook_id, triggered_at, kinds, json_transform(body, getvariable('order_shape')) AS body
    FROM told
    WHERE topic IN (
        'orders/create', 'orders/paid', 'orders/updated', 'orders/cancelled', 'orders/fulfilled',
        'orders/partially_fulfilled'
    )
);

-- The newest version of each order that can be used.
CREATE OR REPLACE TABLE orders AS
SELECT
    versions.webhook_id, versions.triggered_at, versions.present, body.id AS order_id,
    body.* EXCLUDE (id)
FROM order_bodies AS versions
WHERE
    versions.rowid IN (
        SELECT arg_max(rowid, (body.updated_at, triggered_at, webhook_id)) FROM order_bodies
        WHERE fault IS NULL AND NOT is_partial
        GROUP BY body.id
    );

CREATE OR REPLACE TABLE order_lines AS
SELECT
    order_id, item.id AS line_id, item.product_id, item.variant_id, item.title, item.sku,
    item.quantity, item.price AS unit_price, coalesce(item.gift_card, FALSE) AS is_gift_card,
    coalesce(
        list_sum([part.amount FOR part IN item.discount_allocations]), 0
    )::DECIMAL(18, 4) AS allocated,
    coalesce(
        list_sum([part.price FOR part IN item.tax_lines]), 0
    )::DECIMAL(18, 4) AS tax
FROM (SELECT order_id, unnest(line_items) AS item FROM orders);

INSERT INTO faults BY NAME
WITH faulty AS (
    SELECT webhook_id, fault, body.id AS order_id FROM order_bodies
    WHERE fault IS NOT NULL
),

bodies AS (  -- found first: there are hardly any, and bodies are large
    FROM told
    WHERE webhook_id IN (SELECT webhook_id FROM faulty)
)

SELECT
    webhook_id, topic, faulty.fault AS reason,
    'gid://shopify/Order/' || faulty.order_id AS record_id, bodies.body AS raw,
    segment AS file
FROM faulty
INNER JOIN bodies USING (webhook_id);

-- Which version of which object a webhook tells of.
CREATE OR REPLACE TABLE versions AS
SELECT
    webhook_id, 'ORDER' AS kind, body.id AS resource_id, body.updated_at,
    fault IS NULL AND is_partial AS asks_for_pull
FROM order_bodies;
