-- What tastes and recommendations are made of, for one connection: the present of the data,
-- ages in it, what each customer bought and kept, saw and clicked, what can be sold, what products
-- are like. `until` (NULL: no end) hides what came at that instant or later, and what refunds and
-- cancellations took back from then on, so that lists can be made as they would have been made
-- then. What has no history in staging is as it is now: products, their status and stock, content,
-- orders that were edited, and who an anonymous visitor is.

-- One row: a line that counts as sold, with the units that were kept. Of the two parts one is
-- empty, which DuckDB sees before it reads anything.
CREATE OR REPLACE TEMP VIEW lines_then AS
SELECT
    customer_id AS user_id, order_id, product_id, processed_at,
    quantity - returned_quantity AS units
FROM staging.live_lines
WHERE getvariable('until') IS NULL
UNION ALL
SELECT user_id, order_id, product_id, processed_at, units
FROM (
    SELECT
        orders.customer_id AS user_id, lines.order_id, lines.product_id, orders.processed_at,
        lines.quantity - lines.returned_quantity + coalesce(later.quantity, 0) AS units,
        lines.returns - coalesce(later.amount, 0) AS returns,
        CASE
            WHEN orders.cancelled_at IS NULL THEN lines.net_revenue
            ELSE lines.gross_sales - lines.discounts - lines.returns
        END + coalesce(later.amount, 0) AS net_revenue
    FROM staging.order_lines AS lines
    INNER JOIN staging.orders USING (order_id)
    LEFT JOIN (  -- one row a line, with what was taken back of it after that instant
        SELECT
            refund_lines.line_id, sum(refund_lines.quantity)::INTEGER AS quantity,
            sum(refund_lines.amount) AS amount
        FROM staging.refund_lines
        INNER JOIN staging.refunds USING (refund_id)
        WHERE refunds.created_at >= getvariable('until')::TIMESTAMPTZ
        GROUP BY refund_lines.line_id
    ) AS later USING (line_id)
    WHERE
        getvariable('until') IS NOT NULL
        AND orders.processed_at < getvariable('until')::TIMESTAMPTZ
        AND NOT orders.test AND NOT lines.is_gift_card
        AND coalesce(orders.cancelled_at >= getvariable('until')::TIMESTAMPTZ, TRUE)
)
WHERE net_revenue <> 0 OR (returns = 0 AND units > 0);

-- One row: a view or click, of anybody.
CREATE OR REPLACE TEMP VIEW touches_then AS
SELECT user_id, content_id, touch_type, touched_at
FROM staging.touches
WHERE touched_at < coalesce(getvariable('until')::TIMESTAMPTZ, 'infinity');

-- Of what counts only, so that an order given back leaves no trace.
SET VARIABLE as_of = (
    SELECT max(moment)
    FROM (
        SELECT processed_at AS moment FROM lines_then
        UNION ALL
        SELECT touched_at AS moment FROM touches_then
    )
);

-- 2^-(age / half-life), in 2^-60: sums of integers do not depend on the order of rows. The age is
-- that at another instant, or at the present.
CREATE OR REPLACE TEMP MACRO faded(instant, later, half_life_days) AS  -- noqa: CP05
round(1152921504606846976 * pow(
    2, (epoch_us(instant) - epoch_us(later)) / (half_life_days * 86400e6)
))::HUGEINT;
CREATE OR REPLACE TEMP MACRO decayed(instant, half_life_days) AS  -- noqa: CP05
faded(instant, getvariable('as_of'), half_life_days);

-- One row: a line of a known customer, with the units that were kept.
CREATE OR REPLACE TEMP VIEW kept_lines AS
SELECT user_id, order_id, product_id, processed_at, units
FROM lines_then
WHERE user_id IS NOT NULL AND product_id IS NOT NULL AND units > 0;

-- One row: a view or click of a known person.
CREATE OR REPLACE TEMP VIEW known_touches AS
SELECT user_id, content_id, touch_type, touched_at
FROM touches_then
WHERE user_id IS NOT NULL;

-- One row: a product that the shop sells now. Stock that is unknown is no reason to hide it.
CREATE OR REPLACE TEMP VIEW sellable_products AS
SELECT product_id
FROM staging.products
LEFT JOIN staging.product_variants USING (product_id)
WHERE products.status = 'ACTIVE'
GROUP BY product_id
HAVING NOT bool_and(coalesce(product_variants.inventory_quantity <= 0, FALSE));

-- One row: an attribute of a product.
CREATE OR REPLACE TEMP VIEW product_attributes AS
SELECT product_id, 'category' AS family, product_type AS value
FROM staging.products
WHERE product_type <> ''
UNION ALL
SELECT product_id, 'brand' AS family, vendor AS value
FROM staging.products
WHERE vendor <> ''
UNION ALL
SELECT DISTINCT product_id, 'tag' AS family, unnest(tags) AS value
FROM staging.products;
