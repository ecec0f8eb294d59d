-- One row a place in a product's list, of both kinds, for the products whose pages the shop shows.
WITH lists AS (
    SELECT
        owners.product_id, 'related' AS kind, related_lists.rank,
        items.product_id AS recommended_product_id, related_lists.score
    FROM related_lists
    INNER JOIN discovery_items AS owners ON related_lists.owner_number = owners.item_number
    INNER JOIN discovery_items AS items ON related_lists.item_number = items.item_number
    UNION ALL
    SELECT product_id, 'complementary' AS kind, rank, recommended_product_id, score
    FROM complementary_lists
)

SELECT product_id, kind, rank, recommended_product_id, score, getvariable('as_of') AS as_of
FROM lists
SEMI JOIN staging.products
    ON lists.product_id = products.product_id AND products.status = 'ACTIVE'
ORDER BY product_id, kind, rank
