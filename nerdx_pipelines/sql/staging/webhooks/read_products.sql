-- Fields of bodies are linted as if they were columns of tables. -- noqa: disable=RF01,RF03

-- One row a webhook with a product in its body, as `body`, and what is wrong with it.
CREATE OR REPLACE TEMP TABLE product_bodies AS
SELECT
    webhook_id, topic, segment, triggered_at, raw, body,
    [kind IS NOT NULL FOR kind IN kinds] AS present,
    CASE
        WHEN body.id IS NULL THEN 'id is missing, or no number'
        WHEN body.updated_at IS NULL AND kinds[1] IS NOT NULL THEN 'updated_at is no instant'
        WHEN kinds[2] <> 'ARRAY' THEN 'variants is no list'
        WHEN body.created_at IS NULL AND kinds[3] <> 'NULL' THEN 'created_at is no instant'
        WHEN body.published_at IS NULL AND kinds[4] <> 'NULL' THEN 'published_at is no instant'
        WHEN list_bool_or([variant.id IS NULL FOR variant IN body.variants])
            THEN 'a variant has no id'
    END AS fault,
    list_bool_or([kind IS NULL FOR kind IN kinds[:2]]) AS is_partial,
    -- Of more than 100 variants the others are only named.
    if(
        kinds[5] = 'ARRAY', len(body.variant_gids) > len(body.variants), len(body.variants) >= 100
    ) AS is_cut
FROM (
    SELECT
        webhook_id, topic, segment, triggered_at, body AS raw,
        json_transform(body, getvariable('product_shape')) AS body,
        json_type(body, [
            '$.updated_at', '$.variants', '$.created_at', '$.published_at', '$.variant_gids',
            '$.title', '$.handle', '$.product_type', '$.vendor', '$.status', '$.tags'
        ]) AS kinds
    FROM told
    WHERE topic IN ('products/create', 'products/update')
);

INSERT INTO faults BY NAME
SELECT
    webhook_id, topic, fault AS reason, 'gid://shopify/Product/' || body.id AS record_id, raw,
    segment AS file
FROM product_bodies
WHERE fault IS NOT NULL;

INSERT INTO versions BY NAME
SELECT
    webhook_id, 'PRODUCT' AS kind, body.id AS resource_id, body.updated_at,
    fault IS NULL AND (is_partial OR is_cut) AS asks_for_pull
FROM product_bodies;

CREATE OR REPLACE TABLE products AS
SELECT DISTINCT ON (body.id)
    webhook_id, triggered_at, present, is_cut, body.id AS product_id, body.* EXCLUDE (id)
FROM product_bodies
WHERE fault IS NULL AND NOT is_partial
ORDER BY body.id, body.updated_at DESC, triggered_at DESC, webhook_id DESC;
