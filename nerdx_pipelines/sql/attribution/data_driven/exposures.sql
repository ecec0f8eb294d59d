-- About how many exposures there are: each touch of a known user once for each product featured.
WITH touched AS (
    SELECT content_id, count(*) AS touches
    FROM staging.touches
    WHERE user_id IS NOT NULL
    GROUP BY content_id
),

products AS (
    SELECT content_id, count(*) AS products
    FROM featured
    GROUP BY content_id
)

SELECT coalesce(sum(touched.touches * products.products), 0)::BIGINT AS exposures
FROM touched
INNER JOIN products USING (content_id);
