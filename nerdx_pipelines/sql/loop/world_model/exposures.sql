-- Who saw or clicked what for which product, before and in the month, of one in `sample` users.

-- One row: a content that features anything, by number.
CREATE OR REPLACE TEMP TABLE world_contents AS
SELECT content_id, row_number() OVER (ORDER BY content_id) - 1 AS content_number
FROM (SELECT DISTINCT content_id FROM staging.content_products);

CREATE OR REPLACE TEMP TABLE world_features AS
SELECT
    features.content_id, contents.content_number, features.product_id, items.item_number,
    features.valid_from, features.valid_to
FROM staging.features
INNER JOIN world_contents AS contents USING (content_id)
INNER JOIN world_items AS items USING (product_id);

-- One row: a product, about how often it was exposed, and how often those as popular or more were:
-- a touch counts once for each product that its content features.
CREATE OR REPLACE TEMP TABLE world_exposed AS
WITH touched AS (
    SELECT content_id, count(*) AS touches
    FROM staging.touches
    WHERE
        user_id IS NOT NULL AND touched_at < getvariable('validation_until')::TIMESTAMPTZ
    GROUP BY content_id
)

SELECT
    item_number, any_value(product_id) AS product_id,
    sum(sum(touches)) OVER (ORDER BY item_number) AS exposures
FROM world_features
INNER JOIN touched USING (content_id)
GROUP BY item_number;

-- Where that is too many, of the products most bought; where it still is, of fewer users.
DELETE FROM world_exposed
WHERE
    exposures > getvariable('most_exposures') AND item_number >= getvariable('fewest_products');

SET VARIABLE sample = (
    SELECT 1 + coalesce(max(exposures), 0)::BIGINT // (getvariable('most_exposures') + 1)
    FROM world_exposed
);

CREATE OR REPLACE TEMP TABLE exposures AS
WITH features AS (
    FROM world_features
    SEMI JOIN world_exposed USING (product_id)
)

SELECT
    touches.user_id, features.product_id, features.content_number, touches.touched_at,
    touches.touch_type = 'click' AS is_click
FROM staging.touches
INNER JOIN features
    ON
        touches.content_id = features.content_id
        AND touches.touched_at >= features.valid_from
        AND touches.touched_at < features.valid_to
WHERE
    touches.user_id IS NOT NULL
    AND touches.touched_at < getvariable('validation_until')::TIMESTAMPTZ
    AND hash(touches.user_id) % getvariable('sample') = 0;
