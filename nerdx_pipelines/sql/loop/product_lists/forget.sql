-- Forget what was written of the lists in `places`.
DELETE FROM loop.pushed_recommendations
WHERE EXISTS (
    SELECT 1
    FROM places
    WHERE
        places.product_id = pushed_recommendations.product_id
        AND places.kind = pushed_recommendations.kind
)
