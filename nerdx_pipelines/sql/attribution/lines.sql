-- What is to be dealt out for the days_to_do, whose former credits and reversals go.
DELETE FROM attribution.line_credits
WHERE order_day IN (SELECT day FROM days_to_do);

DELETE FROM attribution.reversals
WHERE order_day IN (SELECT day FROM days_to_do);

-- As a list, and as constants, the days reach the scans, which an IN above a join does not.
SET VARIABLE days_to_do = (SELECT list(day) FROM days_to_do);

-- One row a line that somebody known bought: a live one, or one that was given back or cancelled
-- since, whose credits were taken back.
CREATE OR REPLACE TEMP TABLE lines_to_do AS
SELECT
    line_id, order_id, product_id, customer_id, processed_at, currency, order_day,
    gross_sales - discounts AS sold, returns, net_revenue, NULL::TIMESTAMPTZ AS cancelled_at,
    TRUE AS is_live
FROM staging.live_lines
WHERE
    order_day BETWEEN getvariable('from_day')::DATE AND getvariable('to_day')::DATE
    AND list_contains(getvariable('days_to_do')::DATE[], order_day)
    AND customer_id IS NOT NULL AND product_id IS NOT NULL
UNION ALL
SELECT
    lines.line_id, lines.order_id, lines.product_id, orders.customer_id, orders.processed_at,
    orders.currency, lines.order_day, lines.gross_sales - lines.discounts AS sold,
    lines.returns, lines.net_revenue, orders.cancelled_at, FALSE AS is_live
FROM staging.order_lines AS lines
INNER JOIN staging.orders USING (order_id)
WHERE
    lines.order_day BETWEEN getvariable('from_day')::DATE AND getvariable('to_day')::DATE
    AND list_contains(getvariable('days_to_do')::DATE[], lines.order_day)
    AND orders.customer_id IS NOT NULL AND lines.product_id IS NOT NULL
    AND NOT orders.test AND NOT lines.is_gift_card
    AND (orders.cancelled_at IS NOT NULL OR (lines.net_revenue = 0 AND lines.returns <> 0));
