-- One row a list and what it was when it was last written to the shop, or may have been written.
SELECT product_id, kind, recommended_product_ids, pushed_at IS NOT NULL AS is_sent
FROM loop.pushed_recommendations
