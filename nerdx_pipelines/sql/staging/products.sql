-- Upsert products and their variants from raw_product, newest wins; a deleted one stays so.
-- Variants are replaced together with their product. Costs that a token without read_inventory
-- cannot see leave the known ones alone.
CREATE OR REPLACE TEMP TABLE faulty AS
FROM unreadable
UNION ALL BY NAME
SELECT
    'product' AS source, id AS record_id, __parentId AS parent_id, reason,
    to_json(raw_product)::VARCHAR AS raw, getvariable('product_file') AS file
FROM (
    SELECT
        raw_product, id, __parentId,
        CASE
            WHEN gid_number(id) IS NULL THEN 'id is missing, or no global id'
            WHEN __parentId IS NOT NULL AND gid_number(__parentId) IS NULL
                THEN '__parentId is no global id'
            WHEN id LIKE 'gid://shopify/Product/%' AND updatedAt IS NULL
                THEN 'updatedAt is missing'
            WHEN id LIKE 'gid://shopify/ProductVariant/%' AND __parentId IS NULL
                THEN '__parentId is missing'
            WHEN
                __parentId NOT IN (
                    SELECT products.id FROM raw_product AS products
                    WHERE products.id IS NOT NULL
                )
                THEN 'its product is not in the file'
        END AS reason
    FROM raw_product
)
WHERE reason IS NOT NULL;

CREATE OR REPLACE TEMP TABLE newer AS
SELECT
    gid_number(pulled.id) AS product_id, pulled.title, pulled.productType AS product_type,
    pulled.vendor, pulled.status, pulled.tags, pulled.createdAt AS created_at,
    pulled.updatedAt AS updated_at, pulled.handle, pulled.publishedAt AS published_at,
    (known.updated_at IS NULL OR pulled.updatedAt > known.updated_at) AS is_change
FROM raw_product AS pulled
LEFT JOIN staging.products AS known ON gid_number(pulled.id) = known.product_id
WHERE
    pulled.__parentId IS NULL
    AND (known.updated_at IS NULL OR pulled.updatedAt >= known.updated_at)
    AND gid_number(pulled.id) NOT IN (
        SELECT gid_number(coalesce(parent_id, record_id)) FROM faulty
        WHERE gid_number(coalesce(parent_id, record_id)) IS NOT NULL
    )
    AND gid_number(pulled.id) NOT IN (SELECT id FROM staging.tombstones WHERE kind = 'PRODUCT')
QUALIFY row_number() OVER (PARTITION BY pulled.id ORDER BY pulled.updatedAt DESC) = 1;

CREATE OR REPLACE TEMP TABLE former_variants AS
FROM staging.product_variants
WHERE product_id IN (SELECT product_id FROM newer);

DELETE FROM staging.products WHERE product_id IN (SELECT product_id FROM newer);
DELETE FROM staging.product_variants WHERE product_id IN (SELECT product_id FROM newer);
INSERT INTO staging.products BY NAME SELECT * EXCLUDE (is_change) FROM newer;
INSERT INTO staging.product_variants BY NAME
SELECT DISTINCT ON (pulled.id)
    gid_number(pulled.id) AS variant_id, newer.product_id, pulled.title, pulled.sku,
    pulled.price, pulled.inventoryQuantity AS inventory_quantity, pulled.updatedAt AS updated_at,
    CASE
        WHEN pulled.inventoryItem IS NULL THEN former.inventory_item_id
        ELSE gid_number(pulled.inventoryItem.id)
    END AS inventory_item_id,
    CASE
        WHEN pulled.inventoryItem IS NULL THEN former.tracked ELSE pulled.inventoryItem.tracked
    END AS tracked,
    CASE
        WHEN pulled.inventoryItem IS NULL THEN former.unit_cost
        ELSE pulled.inventoryItem.unitCost.amount
    END AS unit_cost,
    CASE
        WHEN pulled.inventoryItem IS NULL THEN former.cost_currency
        ELSE pulled.inventoryItem.unitCost.currencyCode
    END AS cost_currency
FROM raw_product AS pulled
INNER JOIN newer ON gid_number(pulled.__parentId) = newer.product_id
LEFT JOIN former_variants AS former ON gid_number(pulled.id) = former.variant_id
ORDER BY pulled.id, pulled.updatedAt DESC;

CREATE OR REPLACE TEMP VIEW good_records AS
SELECT 'gid://shopify/Product/' || product_id AS id FROM newer;
