-- One row an order or line that is stored twice, or a line without its order.
SELECT 'order' AS what, order_id AS id FROM staging.orders
GROUP BY order_id
HAVING count(*) > 1
UNION ALL
SELECT 'line', line_id FROM staging.order_lines
GROUP BY line_id
HAVING count(*) > 1
UNION ALL
SELECT 'line without order', line_id FROM staging.order_lines
ANTI JOIN staging.orders USING (order_id, order_day)
