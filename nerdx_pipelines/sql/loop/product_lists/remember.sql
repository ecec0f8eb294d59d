-- Remember the lists in `written`: as sent, or as about to be.
INSERT INTO loop.pushed_recommendations BY NAME
SELECT
    product_id, kind, recommended_product_ids,
    CASE WHEN getvariable('is_sent') THEN now() END AS pushed_at
FROM written
