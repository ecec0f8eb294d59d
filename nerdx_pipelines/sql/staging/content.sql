-- Replace the content catalogue, what it features, and who an anonymous id turned out to be, by
-- the landed files. The days that this changes are told: those of purchases of products that
-- are, or were, featured another time than before.
CREATE OR REPLACE TEMP TABLE former_contents AS SELECT content_id FROM staging.content;
CREATE OR REPLACE TEMP TABLE former_features AS FROM staging.content_products;

DELETE FROM staging.content;
INSERT INTO staging.content BY NAME
SELECT content_id, title, content_type, creator, published_at, production_cost
FROM read_parquet(getvariable('folder') || '/content.parquet')
ORDER BY content_id;

DELETE FROM staging.content_products;
INSERT INTO staging.content_products BY NAME
SELECT DISTINCT content_id, product_id, valid_from, valid_to
FROM read_parquet(getvariable('folder') || '/content_products.parquet')
UNION
SELECT content_id, product_id, valid_from, NULL AS valid_to
FROM staging.created_features
SEMI JOIN staging.content USING (content_id)
ORDER BY ALL;

INSERT INTO staging.changed_days
WITH moved AS (  -- one row a product, and a time in which it is featured or was
    SELECT DISTINCT
        product_id, coalesce(valid_from, '-infinity'::TIMESTAMPTZ) AS valid_from,
        coalesce(valid_to, 'infinity'::TIMESTAMPTZ) AS valid_to
    FROM (
        (
            FROM former_features
            EXCEPT
            FROM staging.content_products
        )
        UNION ALL
        (
            FROM staging.content_products
            EXCEPT
            FROM former_features
        )
    )
)

SELECT
    (FROM staging.last_change) + row_number() OVER (ORDER BY order_day),
    order_day, 'content', now()
FROM (
    SELECT DISTINCT live_lines.order_day
    FROM staging.live_lines
    INNER JOIN moved
        ON
            live_lines.product_id = moved.product_id
            AND moved.valid_from
            <= live_lines.processed_at + to_hours(24 * getvariable('window_days'))
            AND moved.valid_to
            > live_lines.processed_at - to_hours(24 * getvariable('window_days'))
)
ORDER BY order_day;

-- Events may name what is a content only now, or no longer.
CREATE OR REPLACE TEMP TABLE dirty_events AS
WITH moved AS (
    (
        FROM former_contents
        EXCEPT
        SELECT content_id FROM staging.content
    )
    UNION ALL
    (
        SELECT content_id FROM staging.content
        EXCEPT
        FROM former_contents
    )
)

SELECT message_id FROM staging.events
WHERE
    (content_id IS NULL AND page IN (SELECT content_id FROM moved))
    OR campaign_content IN (SELECT content_id FROM moved);

CREATE OR REPLACE TEMP TABLE landed_identities AS
SELECT DISTINCT
    coalesce('erased ' || erased.customer_id, told.anonymous_id) AS anonymous_id, told.customer_id
FROM read_parquet(getvariable('folder') || '/identities.parquet') AS told
LEFT JOIN staging.erased_customers AS erased ON mark_of(told.anonymous_id) = erased.mark;

CREATE OR REPLACE TEMP TABLE moved_ids AS
WITH former AS (
    SELECT anonymous_id, customer_id FROM staging.identities
    WHERE source IS DISTINCT FROM 'events'
)

SELECT anonymous_id FROM landed_identities
ANTI JOIN former USING (anonymous_id, customer_id)
UNION
SELECT anonymous_id FROM former
ANTI JOIN landed_identities USING (anonymous_id, customer_id);

CREATE OR REPLACE TEMP TABLE former_known AS
FROM staging.known_ids
SEMI JOIN moved_ids USING (anonymous_id);

DELETE FROM staging.identities WHERE source IS DISTINCT FROM 'events';
INSERT INTO staging.identities BY NAME
SELECT *, 'folder' AS source FROM landed_identities
ORDER BY ALL;
