-- Add the refunds that came by themselves to orders of which no newer version came with them:
-- they go on waiting for one that shows them.
CREATE OR REPLACE TEMP TABLE added AS
SELECT
    waiting.*, orders.order_day, orders.taxes_included, orders.cancelled_at,
    orders.currency AS shop_currency
FROM staging.waiting_refunds AS waiting
INNER JOIN staging.orders ON waiting.order_id = orders.order_id
WHERE waiting.refund_id NOT IN (SELECT refund_id FROM staging.refunds);

INSERT INTO staging.changed_days
SELECT
    (FROM staging.last_change) + row_number() OVER (ORDER BY day),
    day, 'refund', now()
FROM (
    SELECT DISTINCT unnest([order_day, shop_day(cancelled_at), shop_day(created_at)]) AS day
    FROM added
)
WHERE day IS NOT NULL
ORDER BY day;

INSERT INTO staging.refunds BY NAME
SELECT
    refund_id, order_id, created_at, given_back(amount, currency, lines, shop_currency) AS amount,
    order_day
FROM added
ORDER BY order_day, refund_id;

INSERT INTO staging.refund_lines BY NAME
SELECT
    refund_id, line_id, order_id, sum(quantity)::INTEGER AS quantity,
    sum(subtotal - if(taxes_included, tax, 0)) AS amount, order_day
FROM (
    SELECT
        refund_id, order_id, order_day, taxes_included, unnest(lines, max_depth := 2)
    FROM added
)
GROUP BY ALL
ORDER BY order_day, line_id;

UPDATE staging.order_lines
SET
    returned_quantity = returned.quantity, returns = returned.amount,
    net_revenue = CASE
        WHEN returned.is_no_sale OR order_lines.is_gift_card THEN 0
        ELSE order_lines.gross_sales - order_lines.discounts - returned.amount
    END
FROM (
    SELECT
        refund_lines.line_id, sum(refund_lines.quantity)::INTEGER AS quantity,
        sum(refund_lines.amount) AS amount,
        any_value(orders.cancelled_at) IS NOT NULL AS is_no_sale
    FROM staging.refund_lines
    INNER JOIN staging.orders USING (order_id)
    WHERE refund_lines.order_id IN (SELECT order_id FROM added)
    GROUP BY refund_lines.line_id
) AS returned
WHERE order_lines.line_id = returned.line_id;
