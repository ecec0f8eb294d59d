-- One row a user whom anything is recommended to: what a recommender has to know of them. Their
-- address only where that is switched on.
WITH tastes AS (
    SELECT
        user_id,
        list({
            'family': family, 'value': value, 'weight': round(weight, 6)
        } ORDER BY family, weight DESC, value) AS tastes
    FROM (
        FROM loop.taste_profiles
        QUALIFY row_number() OVER (PARTITION BY user_id, family ORDER BY weight DESC, value) <= 3
    )
    GROUP BY user_id
),

lists AS (
    SELECT
        user_id,
        list({
            'slot': slot, 'rank': rank, 'product_id': product_id::VARCHAR, 'score': score,
            'is_exploration': coalesce(is_exploration, FALSE)
        } ORDER BY slot, rank) FILTER (WHERE product_id IS NOT NULL) AS recommendations,
        list({
            'rank': rank, 'content_id': content_id, 'score': score,
            'is_exploration': coalesce(is_exploration, FALSE)
        } ORDER BY rank) FILTER (WHERE content_id IS NOT NULL) AS contents
    FROM loop.recommendations
    GROUP BY user_id
)

SELECT
    lists.user_id::VARCHAR AS user_id,
    CASE WHEN getvariable('with_addresses') THEN customers.email END AS email,
    coalesce(tastes.tastes, []) AS tastes,
    coalesce(lists.recommendations, []) AS recommendations,
    coalesce(lists.contents, []) AS contents
FROM lists
LEFT JOIN tastes USING (user_id)
LEFT JOIN staging.customers ON lists.user_id = customers.customer_id
ORDER BY lists.user_id
