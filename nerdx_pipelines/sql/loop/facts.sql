-- What tastes and recommendations are made of, for one connection: the present of the data,
-- ages in it, what each customer bought and kept, saw and clicked, what can be sold, what products
-- are like. `until` (NULL: no end) hides what came at that instant or later, so that lists can be
-- made as they would have been made then.

-- Of what counts only, so that an order given back leaves no trace.
SET VARIABLE as_of = (
    SELECT max(moment)
    FROM (
        SELECT processed_at AS moment FROM staging.live_lines
        UNION ALL
        SELECT touched_at AS moment FROM staging.touches
    )
    WHERE moment < coalesce(getvariable('until')::TIMESTAMPTZ, 'infinity')
);

-- 2^-(age / half-life), in 2^-60: sums of integers do not depend on the order of rows.
CREATE OR REPLACE TEMP MACRO decayed(instant, half_life_days) AS  -- noqa: CP05
round(1152921504606846976 * pow(
    2, (epoch_us(instant) - epoch_us(getvariable('as_of'))) / (half_life_days * 86400e6)
))::HUGEINT;

-- One row: a line of a known customer, with the units that were kept.
CREATE OR REPLACE TEMP VIEW kept_lines AS
SELECT
    customer_id AS user_id, order_id, product_id, processed_at,
    quantity - returned_quantity AS units
FROM staging.live_lines
WHERE
    customer_id IS NOT NULL AND product_id IS NOT NULL AND quantity > returned_quantity
    AND processed_at < coalesce(getvariable('until')::TIMESTAMPTZ, 'infinity');

-- One row: a view or click of a known person.
CREATE OR REPLACE TEMP VIEW known_touches AS
SELECT user_id, content_id, touch_type, touched_at
FROM staging.touches
WHERE
    user_id IS NOT NULL
    AND touched_at < coalesce(getvariable('until')::TIMESTAMPTZ, 'infinity');

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
