-- One row an order whose rows in staging go: those in `newer`, and, if whole days first_day..
-- last_day were pulled, those of these days that the shop no longer has. One that was stored
-- after the pull began stays, and so does one whose newest version is faulty.
CREATE OR REPLACE TEMP TABLE replaced AS
SELECT order_id FROM newer
UNION
SELECT order_id
FROM staging.orders
WHERE
    order_day BETWEEN getvariable('first_day')::DATE AND getvariable('last_day')::DATE
    AND updated_at < getvariable('pulled_at')
    AND order_id NOT IN (SELECT order_id FROM pulled_orders WHERE order_id IS NOT NULL)
    AND order_id NOT IN (SELECT order_id FROM faulty_orders);

-- The days whose figures change: of the purchases, and of what is counted on days of its own.
CREATE OR REPLACE TEMP TABLE changed AS
SELECT order_id FROM newer
WHERE is_change
UNION
SELECT order_id FROM replaced
WHERE order_id NOT IN (SELECT order_id FROM newer);

INSERT INTO staging.changed_days
SELECT
    (FROM staging.last_change) + row_number() OVER (ORDER BY day),
    day, 'order', now()
FROM (
    SELECT order_day AS day FROM newer
    WHERE is_change
    UNION
    SELECT shop_day(cancelled_at) FROM newer
    WHERE is_change
    UNION
    SELECT shop_day(refund.createdAt)
    FROM (SELECT unnest(refunds) AS refund FROM newer WHERE is_change AND refunds IS NOT NULL)
    UNION
    SELECT unnest([order_day, shop_day(cancelled_at)]) FROM staging.orders
    WHERE order_id IN (SELECT order_id FROM changed)
    UNION
    SELECT shop_day(created_at) FROM staging.refunds
    WHERE order_id IN (SELECT order_id FROM changed)
)
WHERE day IS NOT NULL
ORDER BY day;

-- Of what the shop has deleted since, its lines no longer say what they sold; staging still does.
CREATE OR REPLACE TEMP TABLE former_lines AS
SELECT line_id, product_id, variant_id FROM staging.order_lines
WHERE order_id IN (SELECT order_id FROM newer);
