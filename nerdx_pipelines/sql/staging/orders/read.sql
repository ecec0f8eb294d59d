-- What the pulled files hold, one table a kind of record, duplicates and faulty ones included.
-- The files are read several times over: reading some fields is quick, keeping all is not.
CREATE OR REPLACE TEMP TABLE pulled_orders AS
SELECT
    raw_order.id,
    gid_number(raw_order.id) AS order_id,
    raw_order.name,
    gid_number(customer.id) AS customer_id,
    raw_order.processedAt AS processed_at,
    raw_order.createdAt AS created_at,
    raw_order.updatedAt AS updated_at,
    raw_order.cancelledAt AS cancelled_at, raw_order.displayFinancialStatus AS financial_status,
    coalesce(test, FALSE) AS test, totalPriceSet.shopMoney.currencyCode AS currency,
    raw_order.presentmentCurrencyCode AS presentment_currency,
    totalPriceSet.shopMoney.amount AS total_price, shop_day(raw_order.processedAt) AS order_day,
    raw_order.cancelReason AS cancel_reason, raw_order.sourceName AS source_name,
    coalesce(raw_order.taxesIncluded, FALSE) AS taxes_included,
    coalesce(customerJourneySummary.ready, FALSE) AS journey_ready,
    CASE WHEN len(refunds) > 0 THEN list_distinct(refunds) END AS refunds
FROM raw_order
WHERE raw_order.__parentId IS NULL;

CREATE OR REPLACE TEMP TABLE pulled_children AS
SELECT
    coalesce(starts_with(raw_order.id, 'gid://shopify/LineItem/'), FALSE) AS is_line,
    coalesce(starts_with(raw_order.id, 'gid://shopify/CustomerVisit/'), FALSE) AS is_visit,
    gid_number(raw_order.id) AS child_id,
    gid_number(raw_order.__parentId) AS order_id, gid_number(product.id) AS product_id,
    gid_number(variant.id) AS variant_id, raw_order.title, raw_order.sku, raw_order.quantity,
    originalUnitPriceSet.shopMoney.amount AS unit_price,
    coalesce(raw_order.isGiftCard, FALSE) AS is_gift_card,
    CASE
        WHEN len(raw_order.discountAllocations) > 0
            THEN
                list_sum([
                    a.allocatedAmountSet.shopMoney.amount  -- an item, no table -- noqa: RF01
                    FOR a IN raw_order.discountAllocations
                ])
        ELSE 0
    END AS allocated,
    CASE
        WHEN len(raw_order.taxLines) > 0
            THEN
                list_sum([
                    t.priceSet.shopMoney.amount FOR t IN raw_order.taxLines  -- noqa: RF01
                ])
        ELSE 0
    END AS tax,
    raw_order.occurredAt AS occurred_at,
    raw_order.landingPage AS landing_page,
    raw_order.referrerUrl AS referrer_url,
    raw_order.source, raw_order.sourceType AS source_type, raw_order.utmParameters AS utm
FROM raw_order
WHERE raw_order.__parentId IS NOT NULL;

CREATE OR REPLACE TEMP VIEW pulled_lines AS
SELECT
    is_line, child_id AS line_id, order_id, product_id, variant_id, title, sku, quantity,
    unit_price, is_gift_card, allocated, tax
FROM pulled_children
WHERE NOT is_visit;

CREATE OR REPLACE TEMP VIEW pulled_visits AS
SELECT
    pulled_children.child_id AS visit_id,
    pulled_children.order_id,
    pulled_children.occurred_at,
    pulled_children.landing_page,
    pulled_children.referrer_url,
    pulled_children.source,
    pulled_children.source_type,
    utm.source AS utm_source, utm.medium AS utm_medium, utm.campaign AS utm_campaign,
    utm.content AS utm_content, utm.term AS utm_term
FROM pulled_children
WHERE pulled_children.is_visit;

CREATE OR REPLACE TEMP TABLE pulled_refund_lines AS
SELECT
    raw_refund_line.id,
    raw_refund_line.__parentId AS refund_gid,
    gid_number(raw_refund_line.__parentId) AS refund_id,
    gid_number(lineItem.id) AS line_id,
    raw_refund_line.quantity,
    subtotalSet.shopMoney.amount AS subtotal,
    coalesce(totalTaxSet.shopMoney.amount, 0) AS tax
FROM raw_refund_line;
