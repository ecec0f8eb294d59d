-- One row: a customer made an order; guests' orders have none.
SELECT
    customer_id::VARCHAR AS user_id,
    order_id::VARCHAR AS purchase_id
FROM staging.orders
WHERE test IS NOT TRUE AND customer_id IS NOT NULL
