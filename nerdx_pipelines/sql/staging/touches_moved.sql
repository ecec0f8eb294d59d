-- The days whose figures the touches in `moved` change, which came, went, or have another user: the
-- day of each, and those of the user's purchases for which it may be credited, or be the placebo.
INSERT INTO staging.changed_days
SELECT
    (FROM staging.last_change) + row_number() OVER (ORDER BY day),
    day, getvariable('cause'), now()
FROM (
    SELECT shop_day(touched_at) AS day FROM moved
    UNION
    SELECT orders.order_day
    FROM moved
    INNER JOIN staging.orders
        ON
            moved.user_id = orders.customer_id
            AND moved.touched_at - to_hours(24 * getvariable('window_days'))
            <= orders.processed_at
            AND moved.touched_at + to_hours(24 * getvariable('window_days'))
            > orders.processed_at
)
ORDER BY day;
