-- One row a taste of those who bought getvariable('product'): their mean weight for a value, beside
-- that of all users with a profile. What draws them more than others is first.
WITH buyers AS (
    SELECT DISTINCT customer_id AS user_id
    FROM staging.live_lines
    WHERE product_id = getvariable('product')::BIGINT AND customer_id IS NOT NULL
),

everybody AS (
    SELECT count(DISTINCT user_id) AS users FROM loop.taste_profiles
),

tastes AS (
    SELECT
        family, value,
        exact_sum(weight) / (SELECT users FROM everybody) AS weight_of_all,
        exact_sum(if(user_id IN (FROM buyers), weight, 0)) / (SELECT count(*) FROM buyers)
            AS weight
    FROM loop.taste_profiles
    GROUP BY family, value
)

SELECT family, value, round(weight, 6) AS weight, round(weight_of_all, 6) AS weight_of_all
FROM tastes
WHERE weight > weight_of_all
QUALIFY row_number() OVER (PARTITION BY family ORDER BY weight - weight_of_all DESC, value) <= 5
ORDER BY family, weight - weight_of_all DESC, value
