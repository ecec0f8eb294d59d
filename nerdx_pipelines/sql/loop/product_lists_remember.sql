-- Remember the lists in `written`, beside what is remembered of them already.
INSERT INTO loop.pushed_recommendations BY NAME
SELECT product_id, kind, recommended_product_ids, now() AS pushed_at
FROM written
ANTI JOIN loop.pushed_recommendations
    USING (product_id, kind, recommended_product_ids)
