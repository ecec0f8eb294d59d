-- The orders of `newer`, with their lines, refunds and visits. Where prices include tax it is
-- taken out of what was sold, discounted and returned, as Shopify's reports do.
INSERT INTO staging.orders BY NAME
SELECT * EXCLUDE (former_day, is_change, refunds) FROM newer
ORDER BY order_day, order_id;

INSERT INTO staging.refunds BY NAME
SELECT
    gid_number(refund.id) AS refund_id, order_id, refund.createdAt AS created_at,
    refund.totalRefundedSet.shopMoney.amount, order_day
FROM (SELECT order_id, order_day, unnest(refunds) AS refund FROM newer WHERE refunds IS NOT NULL)
ORDER BY order_day, refund_id;

INSERT INTO staging.refund_lines BY NAME
SELECT
    refunds.refund_id, returned.line_id, refunds.order_id,
    sum(returned.quantity)::INTEGER AS quantity,
    sum(returned.subtotal - if(newer.taxes_included, returned.tax, 0)) AS amount,
    refunds.order_day
FROM (
    -- By id, so that two equal lines of a refund are two and one that came twice is one.
    FROM pulled_refund_lines
    QUALIFY row_number() OVER (PARTITION BY coalesce(id, uuid()::VARCHAR), refund_id) = 1
) AS returned
INNER JOIN staging.refunds USING (refund_id)
INNER JOIN newer ON refunds.order_id = newer.order_id
GROUP BY ALL
ORDER BY refunds.order_day, line_id;

INSERT INTO staging.order_visits BY NAME
SELECT DISTINCT ON (pulled_visits.visit_id, newer.order_id)
    pulled_visits.*, newer.order_day
FROM pulled_visits
INNER JOIN newer USING (order_id)
WHERE pulled_visits.occurred_at IS NOT NULL
ORDER BY newer.order_day, newer.order_id, pulled_visits.visit_id;

INSERT INTO staging.order_lines BY NAME
WITH twice AS (  -- one row a line that is in the file more than once
    SELECT line_id FROM pulled_lines
    GROUP BY line_id
    HAVING count(*) > 1
),

once AS (  -- one row a line
    FROM pulled_lines
    ANTI JOIN twice USING (line_id)
    UNION ALL
    SELECT DISTINCT ON (line_id) * FROM pulled_lines
    SEMI JOIN twice USING (line_id)
),

lines AS (  -- the same as sold, in an order that is brought
    SELECT
        once.* EXCLUDE (is_line, product_id, variant_id, tax, allocated),
        coalesce(once.product_id, former_lines.product_id) AS product_id,
        coalesce(once.variant_id, former_lines.variant_id) AS variant_id, newer.order_day,
        if(newer.taxes_included, once.tax, 0) AS tax,
        once.quantity * once.unit_price AS listed, once.allocated,
        newer.cancelled_at IS NOT NULL OR once.is_gift_card AS is_no_sale, newer.currency
    FROM once
    INNER JOIN newer USING (order_id)
    LEFT JOIN former_lines USING (line_id)
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
    untaxed.* EXCLUDE (is_no_sale),
    coalesce(returned.returned_quantity, 0) AS returned_quantity,
    coalesce(returned.returns, 0) AS returns,
    CASE
        WHEN untaxed.is_no_sale THEN 0
        ELSE untaxed.gross_sales - untaxed.discounts - coalesce(returned.returns, 0)
    END AS net_revenue
FROM untaxed
LEFT JOIN returned USING (line_id)
ORDER BY untaxed.order_day, untaxed.order_id, untaxed.line_id;
