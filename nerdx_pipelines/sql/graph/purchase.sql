-- One row: an order that is not a test, a guest's included.
SELECT
    order_id::VARCHAR AS purchase_id,
    order_id::VARCHAR AS shopify_order_id,
    total_price::DOUBLE AS total_amount,
    currency,
    lower(financial_status) AS financial_status,
    CASE
        WHEN cancelled_at IS NOT NULL THEN 'cancelled'
        WHEN lower(financial_status) IN ('refunded', 'partially_refunded')
            THEN lower(financial_status)
        ELSE 'completed'
    END AS status,
    iso(processed_at) AS processed_at
FROM staging.orders
WHERE test IS NOT TRUE
