-- Linted as if fields of bodies were columns. -- noqa: disable=AM07,CP01,CP02,RF01,RF03

-- Products of webhooks as pulls bring them. What a body does not say, and what none says of a
-- variant (costs, whether it is tracked), stays as it is known.
CREATE OR REPLACE TEMP TABLE raw_product AS
WITH products AS (
    FROM landed.products
    WHERE
        webhook_id IN (SELECT webhook_id FROM fresh)
        AND webhook_id NOT IN (SELECT webhook_id FROM passed)
),

told AS (
    SELECT
        products.product_id,
        if(products.present[6], products.title, known.title) AS title,
        if(products.present[7], products.handle, known.handle) AS handle,
        if(products.present[8], products.product_type, known.product_type) AS product_type,
        if(products.present[9], products.vendor, known.vendor) AS vendor,
        if(products.present[10], upper(products.status), known.status) AS status,
        if(
            products.present[11],
            list_filter(string_split_regex(products.tags, '\s*,\s*'), lambda tag: tag <> ''),
            known.tags
        ) AS tags,
        if(products.present[3], products.created_at, known.created_at) AS created_at,
        products.updated_at,
        if(products.present[4], products.published_at, known.published_at) AS published_at
    FROM products
    LEFT JOIN staging.products AS known ON products.product_id = known.product_id
    WHERE
        -- Nor what a pull has seen the same second of since.
        NOT EXISTS (
            SELECT 1 FROM staging.pulls
            WHERE
                known.updated_at = products.updated_at AND pulls.resource = 'products'
                AND pulls.pulled_at > products.triggered_at
        )
),

variants AS (
    SELECT product_id, unnest(variants, max_depth := 2) FROM products
),

left_out AS (  -- one row a variant that a cut body only names
    SELECT known.*
    FROM staging.product_variants AS known
    INNER JOIN products ON known.product_id = products.product_id
    WHERE
        products.is_cut
        AND NOT list_contains([variant.id FOR variant IN products.variants], known.variant_id)
        AND (
            products.variant_gids IS NULL
            OR list_contains(
                [gid.admin_graphql_api_id FOR gid IN products.variant_gids],
                'gid://shopify/ProductVariant/' || known.variant_id
            )
        )
)

SELECT
    'gid://shopify/Product/' || product_id AS id, NULL::VARCHAR AS __parentId, title, handle,
    product_type AS productType, vendor, status, tags, created_at AS createdAt,
    updated_at AS updatedAt, published_at AS publishedAt, NULL::VARCHAR AS sku,
    NULL::DECIMAL(18, 4) AS price, NULL::INTEGER AS inventoryQuantity,
    NULL::STRUCT(
        id VARCHAR, tracked BOOLEAN, unitCost STRUCT(amount DECIMAL(18, 4), currencyCode VARCHAR)
    ) AS inventoryItem
FROM told
UNION ALL BY NAME
SELECT
    'gid://shopify/ProductVariant/' || variants.id AS id,
    'gid://shopify/Product/' || variants.product_id AS __parentId, variants.title, variants.sku,
    variants.price, variants.inventory_quantity AS inventoryQuantity,
    variants.updated_at AS updatedAt,
    CASE
        WHEN variants.inventory_item_id IS NOT NULL
            THEN {
                id: 'gid://shopify/InventoryItem/' || variants.inventory_item_id,
                tracked: known.tracked,
                unitCost: { amount: known.unit_cost, currencyCode: known.cost_currency }
            }
    END AS inventoryItem
FROM variants
INNER JOIN told ON variants.product_id = told.product_id
LEFT JOIN staging.product_variants AS known ON variants.id = known.variant_id
UNION ALL BY NAME
SELECT
    'gid://shopify/ProductVariant/' || variant_id AS id,
    'gid://shopify/Product/' || left_out.product_id AS __parentId, left_out.title, left_out.sku,
    left_out.price, left_out.inventory_quantity AS inventoryQuantity,
    left_out.updated_at AS updatedAt
FROM left_out
INNER JOIN told ON left_out.product_id = told.product_id;

SET VARIABLE product_file = NULL;
