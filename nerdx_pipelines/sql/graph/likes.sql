-- One row: a value is among the five strongest tastes of a user within its family.
SELECT
    tastes.user_id::VARCHAR AS user_id,
    tastes.family || ': ' || tastes.value AS taste_id,
    tastes.family,
    tastes.value,
    -- In percent: views fade sooner than purchases, so that every weight moves a little every day,
    -- and every edge would be sent every night.
    greatest(round(tastes.weight, 2), 0.01) AS weight
FROM loop.taste_profiles AS tastes
SEMI JOIN graph_user ON tastes.user_id::VARCHAR = graph_user.shopify_id
QUALIFY row_number() OVER (
    PARTITION BY tastes.user_id, tastes.family
    ORDER BY tastes.weight DESC, tastes.value
) <= 5
