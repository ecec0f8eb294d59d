-- Take the orders of `replaced` out of staging, with all that is their own.
DELETE FROM staging.orders WHERE order_id IN (SELECT order_id FROM replaced);
DELETE FROM staging.order_lines WHERE order_id IN (SELECT order_id FROM replaced);
DELETE FROM staging.refunds WHERE order_id IN (SELECT order_id FROM replaced);
DELETE FROM staging.refund_lines WHERE order_id IN (SELECT order_id FROM replaced);
DELETE FROM staging.order_visits WHERE order_id IN (SELECT order_id FROM replaced);
