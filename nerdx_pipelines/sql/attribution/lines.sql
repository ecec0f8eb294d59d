-- What is to be dealt out for the days_to_do, whose former credits and reversals go.
DELETE FROM attribution.credits
WHERE order_day IN (SELECT day FROM days_to_do);

DELETE FROM attribution.reversals
WHERE order_day IN (SELECT day FROM days_to_do);

-- One row a line that somebody known bought: a live one, or one that was given back or cancelled
-- since, whose credits were taken back.
CREATE OR REPLACE TEMP TABLE lines_to_do AS
SELECT
    line_id, order_id, product_id, customer_id, processed_at, currency, order_day,
    gross_sales - discounts AS sold, returns, net_revenue, NULL::TIMESTAMPTZ AS cancelled_at,
    TRUE AS is_live
FROM staging.live_lines
WHERE
    order_day IN (SELECT day FROM days_to_do)
    AND customer_id IS NOT NULL AND product_id IS NOT NULL
UNION ALL
SELECT
    lines.line_id, lines.order_id, lines.product_id, orders.customer_id, orders.processed_at,
    orders.currency, lines.order_day, lines.gross_sales - lines.discounts AS sold,
    lines.returns, lines.net_revenue, orders.cancelled_at, FALSE AS is_live
FROM staging.order_lines AS lines
INNER JOIN staging.orders USING (order_id)
WHERE
    lines.order_day IN (SELECT day FROM days_to_do)
    AND orders.customer_id IS NOT NULL AND lines.product_id IS NOT NULL
    AND NOT orders.test AND NOT lines.is_gift_card
    AND (orders.cancelled_at IS NOT NULL OR (lines.net_revenue = 0 AND lines.returns <> 0));

-- One row a line and what it was worth, in minor units: at the sale (step 0), and after each
-- refund and the cancellation of its order. A cancellation comes last: it takes what is left.
CREATE OR REPLACE TEMP TABLE amounts AS
WITH taken_back AS (  -- one row a line and refund, or cancellation
    SELECT
        refund_lines.line_id, refund_lines.refund_id, refund_lines.amount,
        refunds.created_at AS reversed_at, FALSE AS is_cancellation
    FROM staging.refund_lines
    INNER JOIN staging.refunds USING (refund_id)
    SEMI JOIN lines_to_do USING (line_id)
    UNION ALL
    SELECT line_id, NULL, sold - returns, cancelled_at, TRUE
    FROM lines_to_do
    WHERE cancelled_at IS NOT NULL
),

steps AS (
    SELECT
        *,
        row_number() OVER history AS step, sum(amount) OVER history AS taken,
        (lead(line_id) OVER history) IS NULL AS is_last
    FROM taken_back
    WINDOW history AS (PARTITION BY line_id ORDER BY is_cancellation, reversed_at, refund_id)
),

worth AS (
    SELECT
        lines_to_do.line_id, 0 AS step, NULL AS refund_id, NULL AS reversed_day,
        if(steps.line_id IS NULL, lines_to_do.net_revenue, lines_to_do.sold) AS amount,
        lines_to_do.currency, steps.line_id IS NULL AND lines_to_do.is_live AS is_today
    FROM lines_to_do
    LEFT JOIN steps ON lines_to_do.line_id = steps.line_id AND steps.step = 1
    UNION ALL
    SELECT
        steps.line_id, steps.step, steps.refund_id, shop_day(steps.reversed_at),
        if(steps.is_last, lines_to_do.net_revenue, lines_to_do.sold - steps.taken),
        lines_to_do.currency, steps.is_last AND lines_to_do.is_live
    FROM steps
    INNER JOIN lines_to_do USING (line_id)
)

SELECT
    line_id, step::INTEGER AS step, refund_id, reversed_day, is_today, amount < 0 AS is_negative,
    abs(to_minor(amount, currency))::BIGINT AS units, minor_digits(currency) AS digits
FROM worth;
