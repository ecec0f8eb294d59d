-- One row an order that the pull brings in a version that staging has not passed: the newest of
-- it, if it is deleted nowhere and nothing of it is faulty.
CREATE OR REPLACE TEMP TABLE newer AS
SELECT
    pulled.*, known.order_day AS former_day,
    (known.updated_at IS NULL OR pulled.updated_at > known.updated_at) AS is_change
FROM (
    SELECT
        gid_number(id) AS order_id, name, gid_number(customer.id) AS customer_id,
        processedAt AS processed_at, createdAt AS created_at, updatedAt AS updated_at,
        cancelledAt AS cancelled_at, displayFinancialStatus AS financial_status,
        coalesce(test, false) AS test, totalPriceSet.shopMoney.currencyCode AS currency,
        presentmentCurrencyCode AS presentment_currency,
        totalPriceSet.shopMoney.amount AS total_price, shop_day(processedAt) AS order_day,
        cancelReason AS cancel_reason, sourceName AS source_name,
        coalesce(taxesIncluded, false) AS taxes_included,
        coalesce(customerJourneySummary.ready, false) AS journey_ready, refunds
    FROM raw_order
    WHERE __parentId IS NULL AND id IS NOT NULL
    -- One that changed while it was pulled may have come in two versions, whose lines nothing
    -- tells apart: it is left to the next pull of changes, which brings it again.
    QUALIFY
        row_number() OVER (PARTITION BY id) = 1
        AND min(updatedAt) OVER (PARTITION BY id) = max(updatedAt) OVER (PARTITION BY id)
) AS pulled
LEFT JOIN staging.orders AS known ON pulled.order_id = known.order_id
WHERE
    (known.updated_at IS NULL OR pulled.updated_at >= known.updated_at)
    AND pulled.order_id NOT IN (SELECT order_id FROM faulty_orders WHERE order_id IS NOT NULL)
    AND pulled.order_id NOT IN (SELECT id FROM staging.tombstones WHERE kind = 'ORDER');

CREATE OR REPLACE TEMP VIEW good_records AS
SELECT 'gid://shopify/Order/' || order_id AS id FROM newer;
