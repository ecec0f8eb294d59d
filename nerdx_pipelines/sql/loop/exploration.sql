-- Which places of the lists are given to chance, and to what: getvariable('exploration_share') of
-- them, so that what no list has can be found out at all; no first place, and none of `repeat`.
-- Chance is a hash of user, slot, rank and week: the same data give the same lists, whenever and
-- however often they are made, and lists are not shuffled within a week.
CREATE OR REPLACE TEMP MACRO drawn(told) AS  -- noqa: CP05
md5_number_lower(strftime(shop_day(getvariable('as_of')::TIMESTAMPTZ), '%G-%V ') || told);

-- One row: a product or content, at a number that it keeps while others come.
CREATE OR REPLACE TEMP TABLE drawable AS
SELECT
    product_id, NULL::VARCHAR AS content_id,
    row_number() OVER (ORDER BY product_id) - 1 AS number
FROM staging.products
UNION ALL
SELECT
    NULL AS product_id, content_id,
    row_number() OVER (ORDER BY published_at, content_id) - 1 AS number
FROM staging.content;

CREATE OR REPLACE TEMP TABLE explored_places AS
WITH chosen AS (
    SELECT
        user_id, slot, rank, slot = 'content' AS is_content,
        concat_ws(' ', user_id, slot, rank) AS place
    FROM best_lists
    WHERE rank > 1 AND slot <> 'repeat'
),

sizes AS (
    SELECT
        pow(2, ceil(log2(greatest(count(product_id), 1))))::UBIGINT AS products,
        pow(2, ceil(log2(greatest(count(content_id), 1))))::UBIGINT AS contents
    FROM drawable
),

draws AS (
    -- One row a place that chance has, and a draw for it. Numbers are drawn below a power of two,
    -- which rarely changes, and again where they are nobody's, or of what may not be shown.
    SELECT
        chosen.*, tries.try,
        drawn(chosen.place || ' ' || tries.try)
        % if(chosen.is_content, sizes.contents, sizes.products) AS number
    FROM chosen
    CROSS JOIN range(32) AS tries (try)
    CROSS JOIN sizes
    WHERE drawn(chosen.place)::DOUBLE / pow(2, 64) < getvariable('exploration_share')
),

found AS (  -- one row a place: the first draw of what is sold or published, and not in the list
    SELECT draws.user_id, draws.slot, draws.rank, drawable.product_id, drawable.content_id
    FROM draws
    INNER JOIN drawable
        ON
            draws.number = drawable.number
            AND draws.is_content = (drawable.content_id IS NOT NULL)
    LEFT JOIN best_lists AS listed
        ON
            draws.user_id = listed.user_id AND draws.slot = listed.slot
            AND coalesce(drawable.content_id, drawable.product_id::VARCHAR)
            = coalesce(listed.content_id, listed.product_id::VARCHAR)
    WHERE
        listed.user_id IS NULL
        AND (
            drawable.content_id IN (SELECT content_id FROM content_items)
            OR drawable.product_id IN (SELECT product_id FROM sellable_products)
        )
        AND (draws.user_id, coalesce(drawable.product_id, 0))
        NOT IN (SELECT (user_id, product_id) FROM kept_lines)
    QUALIFY
        row_number() OVER (PARTITION BY draws.user_id, draws.slot, draws.rank ORDER BY draws.try)
        = 1
)

FROM found
QUALIFY
    row_number() OVER (PARTITION BY user_id, slot, product_id, content_id ORDER BY rank) = 1;
