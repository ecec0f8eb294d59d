-- The orders of `newer`, with their lines, refunds and visits, from raw_order and
-- raw_refund_line. Where prices include tax it is taken out, as Shopify's reports do.
INSERT INTO staging.orders BY NAME
SELECT * EXCLUDE (former_day, is_change, refunds) FROM newer
ORDER BY order_day, order_id;

INSERT INTO staging.refunds BY NAME
SELECT
    gid_number(refund.id) AS refund_id, order_id, refund.createdAt AS created_at,
    refund.totalRefundedSet.shopMoney.amount, order_day
FROM (
    SELECT order_id, order_day, unnest(list_distinct(refunds)) AS refund
    FROM newer
    WHERE len(refunds) > 0
)
ORDER BY order_day, refund_id;

INSERT INTO staging.refund_lines BY NAME
SELECT
    refunds.refund_id, gid_number(returned.lineItem.id) AS line_id, refunds.order_id,
    sum(returned.quantity)::INTEGER AS quantity,
    sum(
        returned.subtotalSet.shopMoney.amount
        - if(newer.taxes_included, coalesce(returned.totalTaxSet.shopMoney.amount, 0), 0)
    ) AS amount,
    refunds.order_day
FROM (
    -- By id, so that two equal lines of a refund are two and one that came twice is one.
    FROM raw_refund_line
    QUALIFY row_number() OVER (
        PARTITION BY coalesce(id, uuid()::VARCHAR), __parentId
    ) = 1
) AS returned
INNER JOIN staging.refunds ON gid_number(returned.__parentId) = refunds.refund_id
INNER JOIN newer ON refunds.order_id = newer.order_id
GROUP BY ALL
ORDER BY refunds.order_day, line_id;

INSERT INTO staging.order_visits BY NAME
SELECT DISTINCT
    gid_number(raw_order.id) AS visit_id, newer.order_id, raw_order.occurredAt AS occurred_at,
    raw_order.landingPage AS landing_page, raw_order.referrerUrl AS referrer_url,
    raw_order.source, raw_order.sourceType AS source_type,
    raw_order.utmParameters.source AS utm_source, raw_order.utmParameters.medium AS utm_medium,
    raw_order.utmParameters.campaign AS utm_campaign,
    raw_order.utmParameters.content AS utm_content, raw_order.utmParameters.term AS utm_term,
    newer.order_day
FROM raw_order
INNER JOIN newer ON gid_number(raw_order.__parentId) = newer.order_id
WHERE raw_order.id LIKE 'gid://shopify/CustomerVisit/%' AND raw_order.occurredAt IS NOT NULL
ORDER BY newer.order_day, newer.order_id, visit_id;

INSERT INTO staging.order_lines BY NAME
WITH lines AS (  -- one row a line as sold
    SELECT
        gid_number(raw_order.id) AS line_id, newer.order_id,
        gid_number(raw_order.product.id) AS product_id,
        gid_number(raw_order.variant.id) AS variant_id,
        raw_order.title, raw_order.sku, raw_order.quantity,
        raw_order.originalUnitPriceSet.shopMoney.amount AS unit_price,
        raw_order.quantity * unit_price AS listed,
        coalesce(list_sum([
            a.allocatedAmountSet.shopMoney.amount  -- an item, no table -- noqa: RF01
            FOR a IN raw_order.discountAllocations
        ]), 0) AS allocated,
        CASE
            WHEN newer.taxes_included THEN coalesce(list_sum([
                t.priceSet.shopMoney.amount FOR t IN raw_order.taxLines  -- noqa: RF01
            ]), 0)
            ELSE 0
        END AS tax,
        coalesce(raw_order.isGiftCard, false) AS is_gift_card, newer.order_day,
        newer.cancelled_at, newer.currency
    FROM raw_order
    INNER JOIN newer ON gid_number(raw_order.__parentId) = newer.order_id
    WHERE raw_order.id LIKE 'gid://shopify/LineItem/%'
    QUALIFY row_number() OVER (PARTITION BY raw_order.id) = 1
),

untaxed AS (  -- the same; tax is a part of what was paid, so of price and discount alike
    SELECT
        * EXCLUDE (listed, allocated, currency),
        CASE
            WHEN tax = 0 OR listed = allocated THEN listed
            ELSE from_minor((
                2 * to_minor(listed, currency) * to_minor(listed - allocated - tax, currency)
                + to_minor(listed - allocated, currency)
            ) // (2 * to_minor(listed - allocated, currency)), currency)
        END AS gross_sales,
        gross_sales - (listed - allocated - tax) AS discounts
    FROM lines
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
    untaxed.* EXCLUDE (cancelled_at),
    coalesce(returned.returned_quantity, 0) AS returned_quantity,
    coalesce(returned.returns, 0) AS returns,
    CASE
        WHEN untaxed.cancelled_at IS NOT NULL OR untaxed.is_gift_card THEN 0
        ELSE untaxed.gross_sales - untaxed.discounts - coalesce(returned.returns, 0)
    END AS net_revenue
FROM untaxed
LEFT JOIN returned USING (line_id)
ORDER BY untaxed.order_day, untaxed.order_id, untaxed.line_id;
