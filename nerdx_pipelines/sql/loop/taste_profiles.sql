-- One row a user, family of attributes and value: the value's part of the family in what the user
-- viewed (1), clicked (3) and bought (10 a unit, up to 3 units; all as `Weights` has it), each
-- fading with its age. A view or click of a content counts for the content's creator and, in
-- equal parts, for the products that the content featured at that instant; a product gives what
-- it gets to each of its values.
WITH periods AS (  -- one row a content and instant from which it features the same products
    SELECT DISTINCT content_id, unnest(['-infinity'::TIMESTAMPTZ, valid_from, valid_to]) AS since
    FROM staging.content_products
),

shelves AS (  -- one row a content, period and product featured in it
    SELECT DISTINCT periods.content_id, periods.since, features.product_id
    FROM periods
    INNER JOIN staging.content_products AS features
        ON
            periods.content_id = features.content_id
            AND periods.since >= coalesce(features.valid_from, '-infinity'::TIMESTAMPTZ)
            AND periods.since < coalesce(features.valid_to, 'infinity'::TIMESTAMPTZ)
),

shelf_sizes AS (
    SELECT content_id, since, count(*) AS products
    FROM shelves
    GROUP BY content_id, since
),

shelf_values AS (  -- one row a content, period and value: products that have it
    SELECT
        shelves.content_id, shelves.since, attributes.family, attributes.value,
        count(*) AS products
    FROM shelves
    INNER JOIN product_attributes AS attributes USING (product_id)
    GROUP BY shelves.content_id, shelves.since, attributes.family, attributes.value
),

interest AS (  -- one row a user, content and period
    SELECT
        touches.user_id, touches.content_id, periods.since,
        sum(
            CASE touches.touch_type
                WHEN 'click' THEN getvariable('click_weight')
                ELSE getvariable('view_weight')
            END * decayed(touches.touched_at, getvariable('touch_half_life_days'))
        ) AS units
    FROM known_touches AS touches
    ASOF LEFT JOIN periods
        ON touches.content_id = periods.content_id AND touches.touched_at >= periods.since
    GROUP BY touches.user_id, touches.content_id, periods.since
),

shared_interest AS (  -- the same, with what each featured product gets of it
    SELECT
        interest.user_id, interest.content_id, interest.since,
        interest.units // shelf_sizes.products AS units_each
    FROM interest
    INNER JOIN shelf_sizes USING (content_id, since)
),

purchases AS (  -- one row a user and product
    SELECT
        user_id, product_id,
        sum(
            getvariable('purchase_weight') * least(units, 3)
            * decayed(processed_at, getvariable('purchase_half_life_days'))
        ) AS units
    FROM kept_lines
    GROUP BY user_id, product_id
),

scores AS (  -- one row a user, family and value
    SELECT user_id, family, value, sum(units) AS units
    FROM (
        SELECT purchases.user_id, attributes.family, attributes.value, purchases.units
        FROM purchases
        INNER JOIN product_attributes AS attributes USING (product_id)
        UNION ALL
        SELECT
            interest.user_id, shelf_values.family, shelf_values.value,
            interest.units_each * shelf_values.products AS units
        FROM shared_interest AS interest
        INNER JOIN shelf_values USING (content_id, since)
        UNION ALL
        SELECT interest.user_id, 'creator' AS family, content.creator AS value, interest.units
        FROM interest
        INNER JOIN staging.content USING (content_id)
        WHERE content.creator <> ''
    )
    GROUP BY user_id, family, value
    HAVING sum(units) > 0
),

-- Many more values are noise (a mailing may feature 35,000 products), yet most of the rows.
strongest AS (
    SELECT *
    FROM scores
    QUALIFY row_number() OVER (PARTITION BY user_id, family ORDER BY units DESC, value) <= 100
)

SELECT
    user_id, family, value,
    units::DOUBLE / sum(units) OVER (PARTITION BY user_id, family)::DOUBLE AS weight,
    getvariable('as_of') AS as_of
FROM strongest
ORDER BY user_id, family, value
