-- Whom to show which content, for the content slot: the people, the published contents that feature
-- something the shop sells now, each numbered from 0 (the content most people saw is 0); what is
-- known of these people (products of the discovery slot they bought; of who bought none, tastes),
-- which contents it speaks for, and what they saw lately.
CREATE OR REPLACE TEMP TABLE featured_now AS
SELECT DISTINCT features.content_id, features.product_id
FROM staging.features
SEMI JOIN sellable_products USING (product_id)
WHERE
    features.valid_from <= getvariable('as_of')::TIMESTAMPTZ
    AND features.valid_to > getvariable('as_of')::TIMESTAMPTZ;

CREATE OR REPLACE TEMP TABLE content_items AS
SELECT
    content_id, creator, conversion,
    row_number() OVER (ORDER BY people DESC, content_id) - 1 AS item_number
FROM (
    SELECT
        content_id, any_value(content.creator) AS creator,
        any_value(content_conversions.conversion) AS conversion,
        count(DISTINCT known_touches.user_id) AS people
    FROM staging.content
    INNER JOIN content_conversions USING (content_id)
    LEFT JOIN known_touches USING (content_id)
    WHERE
        coalesce(content.published_at <= getvariable('as_of')::TIMESTAMPTZ, TRUE)
        AND content_id IN (SELECT content_id FROM featured_now)
    GROUP BY content_id
    ORDER BY people DESC, content_id ASC
    LIMIT (getvariable('most_watched'))
);

CREATE OR REPLACE TEMP TABLE content_users AS
SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS user_number
FROM (
    SELECT user_id FROM known_touches
    UNION
    SELECT user_id FROM kept_lines
);

-- Which product of the discovery slot is featured in which content.
CREATE OR REPLACE TEMP TABLE content_features AS
SELECT products.item_number AS product_number, contents.item_number
FROM featured_now
INNER JOIN discovery_items AS products USING (product_id)
INNER JOIN content_items AS contents USING (content_id);

-- How far a content is of a creator (wholly) or a category (the part of its products).
CREATE OR REPLACE TEMP TABLE content_values AS
SELECT
    item_number, family, value, part,
    dense_rank() OVER (ORDER BY family, value) - 1 AS value_number
FROM (
    SELECT item_number, 'creator' AS family, creator AS value, 1.0::DOUBLE AS part
    FROM content_items
    WHERE creator <> ''
    UNION ALL
    SELECT
        contents.item_number, 'category' AS family, products.product_type AS value,
        count(*) / sum(count(*)) OVER (PARTITION BY contents.item_number) AS part
    FROM content_items AS contents
    INNER JOIN featured_now USING (content_id)
    INNER JOIN staging.products AS products USING (product_id)
    GROUP BY contents.item_number, products.product_type
)
WHERE value <> '';

-- One row: a product of the discovery slot that somebody bought, or a taste, numbered after all
-- products, of who bought none of them.
CREATE OR REPLACE TEMP TABLE content_signals AS
WITH taste_values AS (
    SELECT DISTINCT family, value, value_number FROM content_values
)

SELECT users.user_number, pairs.item_number AS signal_number, pairs.interest AS weight
FROM discovery_pairs AS pairs
INNER JOIN discovery_users AS buyers USING (user_number)
INNER JOIN content_users AS users ON buyers.user_id = users.user_id
UNION ALL
SELECT
    users.user_number,
    (SELECT count(*) FROM discovery_items) + taste_values.value_number AS signal_number,
    tastes.weight
FROM loop.taste_profiles AS tastes
INNER JOIN content_users AS users USING (user_id)
INNER JOIN taste_values USING (family, value)
ANTI JOIN discovery_users AS buyers ON tastes.user_id = buyers.user_id;

-- Lately: until a view says a quarter of what it said at first.
CREATE OR REPLACE TEMP TABLE content_seen AS
SELECT DISTINCT users.user_number, contents.item_number
FROM known_touches
INNER JOIN content_users AS users USING (user_id)
INNER JOIN content_items AS contents USING (content_id)
WHERE
    known_touches.touched_at
    > getvariable('as_of')::TIMESTAMPTZ
    - to_seconds(2 * 86400 * getvariable('touch_half_life_days'));
