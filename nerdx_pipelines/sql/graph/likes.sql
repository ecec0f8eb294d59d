-- One row: a value is among the five strongest tastes of a user within its family.
SELECT
    tastes.user_id::VARCHAR AS user_id,
    tastes.family || ': ' || tastes.value AS taste_id,
    tastes.family,
    tastes.value,
    -- four decimals, so that an edge is sent only when the taste has changed
    round(tastes.weight, 4) AS weight
FROM loop.taste_profiles AS tastes
SEMI JOIN graph_user ON tastes.user_id::VARCHAR = graph_user.shopify_id
QUALIFY row_number() OVER (
    PARTITION BY tastes.user_id, tastes.family
    ORDER BY tastes.weight DESC, tastes.value
) <= 5
