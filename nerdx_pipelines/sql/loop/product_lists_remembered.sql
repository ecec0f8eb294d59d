-- One row a list and what it was, or was to be, when it was last written to the shop.
SELECT product_id, kind, recommended_product_ids
FROM loop.pushed_recommendations
