-- Replace the orders of the days first_day..last_day, with their lines and refunds, by the
-- pulled files. An order stored in a newer version stays; one that the shop no longer has, and
-- that was not touched since the pull began, goes.
CREATE OR REPLACE TEMP TABLE pulled AS
FROM read_json(
    getvariable('orders_file'), format = 'newline_delimited',
    columns = {
        id: 'VARCHAR', __parentId: 'VARCHAR',
        name: 'VARCHAR', customer: 'STRUCT(id VARCHAR)', processedAt: 'TIMESTAMPTZ',
        createdAt: 'TIMESTAMPTZ', updatedAt: 'TIMESTAMPTZ', cancelledAt: 'TIMESTAMPTZ',
        displayFinancialStatus: 'VARCHAR', test: 'BOOLEAN', presentmentCurrencyCode: 'VARCHAR',
        totalPriceSet: 'STRUCT(shopMoney STRUCT(amount DECIMAL(18, 4), currencyCode VARCHAR))',
        refunds: 'STRUCT(
            id VARCHAR, createdAt TIMESTAMPTZ,
            totalRefundedSet STRUCT(shopMoney STRUCT(amount DECIMAL(18, 4)))
        )[]',
        title: 'VARCHAR', sku: 'VARCHAR', quantity: 'INTEGER', isGiftCard: 'BOOLEAN',
        product: 'STRUCT(id VARCHAR)', variant: 'STRUCT(id VARCHAR)',
        originalUnitPriceSet: 'STRUCT(shopMoney STRUCT(amount DECIMAL(18, 4)))',
        discountAllocations: 'STRUCT(
            allocatedAmountSet STRUCT(shopMoney STRUCT(amount DECIMAL(18, 4)))
        )[]'
    }
);
CREATE OR REPLACE TEMP TABLE pulled_refund_lines AS
FROM read_json(
    getvariable('refund_lines_file'), format = 'newline_delimited',
    columns = {
        __parentId: 'VARCHAR', lineItem: 'STRUCT(id VARCHAR)', quantity: 'INTEGER',
        subtotalSet: 'STRUCT(shopMoney STRUCT(amount DECIMAL(18, 4)))'
    }
);

CREATE OR REPLACE TEMP TABLE newer AS
SELECT
    gid_number(pulled.id) AS order_id, pulled.name,
    gid_number(pulled.customer.id) AS customer_id, pulled.processedAt AS processed_at,
    pulled.createdAt AS created_at, pulled.updatedAt AS updated_at,
    pulled.cancelledAt AS cancelled_at, pulled.displayFinancialStatus AS financial_status,
    pulled.test, pulled.totalPriceSet.shopMoney.currencyCode AS currency,
    pulled.presentmentCurrencyCode AS presentment_currency,
    pulled.totalPriceSet.shopMoney.amount AS total_price,
    shop_day(pulled.processedAt) AS order_day
FROM pulled
LEFT JOIN staging.orders AS known ON known.order_id = gid_number(pulled.id)
WHERE
    pulled.__parentId IS NULL
    AND (known.updated_at IS NULL OR pulled.updatedAt >= known.updated_at)
QUALIFY row_number() OVER (PARTITION BY pulled.id ORDER BY pulled.updatedAt DESC) = 1;

CREATE OR REPLACE TEMP TABLE replaced AS
SELECT order_id FROM newer
UNION
SELECT order_id
FROM staging.orders
WHERE
    order_day BETWEEN getvariable('first_day') AND getvariable('last_day')
    AND updated_at < getvariable('pulled_at')
    AND order_id NOT IN (SELECT gid_number(id) FROM pulled WHERE __parentId IS NULL);

DELETE FROM staging.orders WHERE order_id IN (SELECT order_id FROM replaced);
DELETE FROM staging.order_lines WHERE order_id IN (SELECT order_id FROM replaced);
DELETE FROM staging.refunds WHERE order_id IN (SELECT order_id FROM replaced);
DELETE FROM staging.refund_lines WHERE order_id IN (SELECT order_id FROM replaced);

INSERT INTO staging.orders BY NAME
SELECT * FROM newer
ORDER BY order_day, order_id;

INSERT INTO staging.refunds BY NAME
SELECT
    gid_number(refund.id) AS refund_id, order_id, refund.createdAt AS created_at,
    refund.totalRefundedSet.shopMoney.amount, order_day
FROM (
    SELECT DISTINCT newer.order_id, newer.order_day, unnest(pulled.refunds) AS refund
    FROM pulled
    INNER JOIN newer ON gid_number(pulled.id) = newer.order_id
    WHERE pulled.__parentId IS NULL
)
ORDER BY order_day, refund_id;

INSERT INTO staging.refund_lines BY NAME
SELECT
    refunds.refund_id, gid_number(pulled_refund_lines.lineItem.id) AS line_id, refunds.order_id,
    sum(pulled_refund_lines.quantity)::INTEGER AS quantity,
    sum(pulled_refund_lines.subtotalSet.shopMoney.amount) AS amount, refunds.order_day
FROM pulled_refund_lines
INNER JOIN staging.refunds ON gid_number(pulled_refund_lines.__parentId) = refunds.refund_id
WHERE refunds.order_id IN (SELECT order_id FROM newer)
GROUP BY ALL
ORDER BY refunds.order_day, line_id;

INSERT INTO staging.order_lines BY NAME
WITH lines AS (  -- one row a line as sold
    SELECT DISTINCT ON (pulled.id)
        gid_number(pulled.id) AS line_id, newer.order_id,
        gid_number(pulled.product.id) AS product_id, gid_number(pulled.variant.id) AS variant_id,
        pulled.title, pulled.sku, pulled.quantity,
        pulled.originalUnitPriceSet.shopMoney.amount AS unit_price,
        pulled.quantity * unit_price AS gross_sales,
        coalesce(list_sum([
            a.allocatedAmountSet.shopMoney.amount  -- an item, no table -- noqa: RF01
            FOR a IN pulled.discountAllocations
        ]), 0) AS discounts,
        pulled.isGiftCard AS is_gift_card, newer.order_day, newer.cancelled_at
    FROM pulled
    INNER JOIN newer ON gid_number(pulled.__parentId) = newer.order_id
    ORDER BY pulled.id
),

returned AS (  -- one row a line with refunds
    SELECT
        line_id, sum(quantity)::INTEGER AS returned_quantity,
        sum(amount) AS returns
    FROM staging.refund_lines
    WHERE order_id IN (SELECT order_id FROM newer)
    GROUP BY line_id
)

SELECT
    lines.* EXCLUDE (cancelled_at),
    coalesce(returned.returned_quantity, 0) AS returned_quantity,
    coalesce(returned.returns, 0) AS returns,
    CASE
        WHEN lines.cancelled_at IS NOT NULL OR lines.is_gift_card THEN 0
        ELSE lines.gross_sales - lines.discounts - coalesce(returned.returns, 0)
    END AS net_revenue
FROM lines
LEFT JOIN returned USING (line_id)
ORDER BY lines.order_day, lines.order_id, lines.line_id;
