-- Upsert products and their variants from a pulled file, newest wins.
-- Variants are replaced together with their product.
CREATE OR REPLACE TEMP TABLE pulled AS
FROM read_json(
    getvariable('file'), format = 'newline_delimited',
    columns = {
        id: 'VARCHAR', __parentId: 'VARCHAR', title: 'VARCHAR', productType: 'VARCHAR',
        vendor: 'VARCHAR', status: 'VARCHAR', tags: 'VARCHAR[]', createdAt: 'TIMESTAMPTZ',
        updatedAt: 'TIMESTAMPTZ', sku: 'VARCHAR', price: 'DECIMAL(18, 4)',
        inventoryQuantity: 'INTEGER'
    }
);

CREATE OR REPLACE TEMP TABLE newer AS
SELECT
    gid_number(pulled.id) AS product_id, pulled.title, pulled.productType AS product_type,
    pulled.vendor, pulled.status, pulled.tags, pulled.createdAt AS created_at,
    pulled.updatedAt AS updated_at
FROM pulled
LEFT JOIN staging.products AS known ON known.product_id = gid_number(pulled.id)
WHERE
    pulled.__parentId IS NULL
    AND (known.updated_at IS NULL OR pulled.updatedAt >= known.updated_at)
QUALIFY row_number() OVER (PARTITION BY pulled.id ORDER BY pulled.updatedAt DESC) = 1;

DELETE FROM staging.products WHERE product_id IN (SELECT product_id FROM newer);
DELETE FROM staging.product_variants WHERE product_id IN (SELECT product_id FROM newer);
INSERT INTO staging.products BY NAME FROM newer;
INSERT INTO staging.product_variants BY NAME
SELECT DISTINCT ON (pulled.id)
    gid_number(pulled.id) AS variant_id, newer.product_id, pulled.title, pulled.sku,
    pulled.price, pulled.inventoryQuantity AS inventory_quantity, pulled.updatedAt AS updated_at
FROM pulled
INNER JOIN newer ON gid_number(pulled.__parentId) = newer.product_id
ORDER BY pulled.id, pulled.updatedAt DESC;
