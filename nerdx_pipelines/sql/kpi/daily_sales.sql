-- One row a day and currency, as Shopify's sales report counts: sales on the day of the order,
-- returns on the day of the refund; a cancellation returns what is left on its own day. Test
-- orders and gift cards are no sales. Beside it net_revenue, restated to the day of the order,
-- and the part of it that content gets.
DELETE FROM kpi.daily_sales
WHERE day IN (SELECT day FROM days_to_do);

INSERT INTO kpi.daily_sales BY NAME
WITH orders AS (
    SELECT * FROM staging.orders
    WHERE NOT test
),

lines AS (
    SELECT order_lines.*, orders.currency, orders.cancelled_at
    FROM staging.order_lines
    INNER JOIN orders USING (order_id)
    WHERE NOT order_lines.is_gift_card
),

by_line AS (  -- one row a refund that names lines
    SELECT refund_id, sum(amount) AS amount
    FROM staging.refund_lines
    GROUP BY refund_id
),

entries AS (  -- one row a figure and the day it counts on
    SELECT
        order_day AS day, currency, 1 AS orders, 0 AS gross_sales, 0 AS discounts,
        0 AS returns, 0 AS unallocated_adjustments, 0 AS net_revenue
    FROM orders
    UNION ALL
    SELECT order_day, currency, 0, gross_sales, discounts, 0, 0, net_revenue
    FROM lines
    UNION ALL
    SELECT
        shop_day(refunds.created_at), lines.currency, 0, 0, 0, refund_lines.amount, 0, 0
    FROM staging.refund_lines
    INNER JOIN staging.refunds USING (refund_id)
    INNER JOIN lines USING (line_id)
    UNION ALL
    SELECT
        shop_day(cancelled_at), currency, 0, 0, 0, gross_sales - discounts - returns, 0, 0
    FROM lines
    WHERE cancelled_at IS NOT NULL
    UNION ALL
    SELECT
        shop_day(refunds.created_at), orders.currency, 0, 0, 0, 0,
        refunds.amount - coalesce(by_line.amount, 0), 0
    FROM staging.refunds
    INNER JOIN orders USING (order_id)
    LEFT JOIN by_line USING (refund_id)
    WHERE orders.cancelled_at IS NULL AND refunds.amount > coalesce(by_line.amount, 0)
),

attributed AS (  -- one row a day and currency
    SELECT order_day AS day, currency, sum(credit) AS attributed_revenue
    FROM attribution.credits
    WHERE
        model = getvariable('model') AND window_days = getvariable('window_days')
        AND touch_policy = 'all'
    GROUP BY order_day, currency
)

SELECT
    day, currency, sum(entries.orders) AS orders,
    sum(entries.gross_sales) AS gross_sales,
    sum(entries.discounts) AS discounts,
    sum(entries.returns) AS returns,
    sum(entries.gross_sales) - sum(entries.discounts) - sum(entries.returns) AS net_sales,
    sum(entries.unallocated_adjustments) AS unallocated_adjustments,
    sum(entries.net_revenue) AS net_revenue,
    coalesce(any_value(attributed.attributed_revenue), 0) AS attributed_revenue,
    sum(entries.net_revenue) - coalesce(any_value(attributed.attributed_revenue), 0)
        AS unattributed_revenue
FROM entries
LEFT JOIN attributed USING (day, currency)
WHERE day IN (SELECT day FROM days_to_do)
GROUP BY day, currency
ORDER BY day, currency;
