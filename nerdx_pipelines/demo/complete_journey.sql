-- The data folder's tables, from the package's own as journey_* views, in order of their keys.
-- Why each rule is as it is: complete_journey.py. Money is DECIMAL USD, times are UTC.

-- One row: one line of a till receipt, numbered as in the package's file.
CREATE TEMP TABLE order_lines AS
WITH receipt_lines AS (
    SELECT
        receipt.file_row_number + 1 AS line_id,
        receipt.basket_id,
        receipt.household_id,
        receipt.product_id,
        receipt.transaction_timestamp AT TIME ZONE 'UTC' AS processed_at,
        -- Fuel is counted in thousandths of a gallon.
        if(coalesce(product.product_type LIKE 'GASOLINE%', FALSE), 1, receipt.quantity) AS units,
        round(receipt.sales_value * 100)::BIGINT AS net_cents,
        round(
            (receipt.sales_value + receipt.retail_disc + receipt.coupon_match_disc) * 100
        )::BIGINT AS shelf_cents
    FROM journey_transactions AS receipt
    LEFT JOIN journey_products AS product ON receipt.product_id = product.product_id
),

sold_lines AS (
    SELECT
        * EXCLUDE (units),
        greatest(units, 1) AS quantity
    FROM receipt_lines
    WHERE units > 0 OR net_cents > 0
),

priced_lines AS (
    -- The shelf price to the nearest cent, raised where less would not cover what was paid.
    SELECT
        *,
        greatest(
            (2 * shelf_cents + quantity) // (2 * quantity), (net_cents + quantity - 1) // quantity
        ) AS unit_cents
    FROM sold_lines
)

SELECT
    basket_id AS order_id,
    line_id,
    household_id AS customer_id,
    product_id,
    quantity,
    (unit_cents * 0.01)::DECIMAL(18, 2) AS unit_price,
    ((quantity * unit_cents - net_cents) * 0.01)::DECIMAL(18, 2) AS discount,
    'USD' AS currency,
    processed_at
FROM priced_lines
ORDER BY line_id;

-- One row: one mailing campaign with the dates its coupons are valid, in the shop's calendar.
CREATE TEMP TABLE campaigns AS
SELECT
    campaign_id AS number,
    campaign_type,
    'campaign-' || campaign_id AS content_id,
    start_date AT TIME ZONE 'America/New_York' AS starts_at,
    (end_date + INTERVAL 1 DAY) AT TIME ZONE 'America/New_York' AS ends_at
FROM journey_campaign_descriptions;

CREATE TEMP VIEW content AS
SELECT
    content_id,
    'mailing_' || replace(lower(campaign_type), ' ', '_') AS content_type,
    'Campaign ' || number || ' (' || campaign_type || ')' AS title,
    'Retailer, ' || campaign_type || ' mailings' AS creator,
    starts_at AS published_at,
    NULL::DECIMAL(18, 2) AS production_cost
FROM campaigns
ORDER BY number;

-- One row: a product that some coupon of the campaign is good for.
CREATE TEMP VIEW content_products AS
SELECT DISTINCT
    campaign.content_id,
    coupon.product_id,
    campaign.starts_at AS valid_from,
    campaign.ends_at AS valid_to
FROM journey_coupons AS coupon
INNER JOIN campaigns AS campaign ON coupon.campaign_id = campaign.number
ORDER BY campaign.content_id, coupon.product_id;

-- One row: a household got a mailing (view), or redeemed one of its coupons (click).
CREATE TEMP VIEW touches AS
SELECT
    'mailing-' || mailing.campaign_id || '-' || mailing.household_id AS event_id,
    mailing.household_id AS user_id,
    campaign.content_id,
    'view' AS touch_type,
    campaign.starts_at AS touched_at
FROM journey_campaigns AS mailing
INNER JOIN campaigns AS campaign ON mailing.campaign_id = campaign.number
UNION ALL
SELECT
    concat_ws(
        '-', 'redemption', redemption.campaign_id, redemption.household_id, redemption.coupon_upc,
        redemption.redemption_date::DATE
    ) AS event_id,
    redemption.household_id AS user_id,
    campaign.content_id,
    'click' AS touch_type,
    redemption.redemption_date AT TIME ZONE 'America/New_York' AS touched_at
FROM journey_coupon_redemptions AS redemption
INNER JOIN campaigns AS campaign ON redemption.campaign_id = campaign.number
ORDER BY touched_at, event_id;

-- One row: one household, created when it is first seen.
CREATE TEMP VIEW customers AS
SELECT
    household_id AS customer_id,
    min(seen_at) AS created_at
FROM (
    SELECT
        household_id,
        transaction_timestamp AT TIME ZONE 'UTC' AS seen_at
    FROM journey_transactions
    UNION ALL
    SELECT
        user_id AS household_id,
        touched_at AS seen_at
    FROM touches
) AS seen
GROUP BY household_id
ORDER BY household_id;

-- One row: one article of the product list, or one that only receipts or coupons know.
CREATE TEMP VIEW products AS
WITH sold AS (
    SELECT
        product_id,
        quantile_disc(unit_price, 0.5) AS median_price
    FROM order_lines
    GROUP BY product_id
),

listed AS (
    SELECT
        product_id,
        concat_ws(
            ', ', coalesce(product_type, department || ' item ' || product_id), package_size
        ) AS title,
        coalesce(product_category, department) AS product_type,
        'Manufacturer ' || manufacturer_id
        || if(brand = 'Private', ' (private label)', '') AS vendor
    FROM journey_products
),

referenced AS (
    SELECT product_id FROM sold
    UNION
    SELECT product_id FROM journey_coupons
    UNION
    SELECT product_id FROM listed
)

SELECT
    referenced.product_id,
    coalesce(
        listed.title, 'Product ' || referenced.product_id || ' (not in the product list)'
    ) AS title,
    coalesce(listed.product_type, 'UNLISTED') AS product_type,
    coalesce(listed.vendor, 'Unknown') AS vendor,
    coalesce(sold.median_price, 0)::DECIMAL(18, 2) AS price,
    if(sold.product_id IS NULL, 'ARCHIVED', 'ACTIVE') AS status
FROM referenced
LEFT JOIN listed ON referenced.product_id = listed.product_id
LEFT JOIN sold ON referenced.product_id = sold.product_id
ORDER BY referenced.product_id;

CREATE TEMP VIEW shop AS
SELECT
    'The Complete Journey' AS name,
    'America/New_York' AS timezone,
    'USD' AS currency;
