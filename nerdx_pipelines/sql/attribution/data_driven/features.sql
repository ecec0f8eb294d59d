-- One row a content, a product and a stretch of time in which the one features the other; what
-- the catalogue says of overlapping stretches is said once. Contents go by number.
CREATE OR REPLACE TEMP TABLE numbered_contents AS
SELECT
    content_id, (row_number() OVER (ORDER BY content_id) - 1)::INTEGER AS number
FROM (SELECT DISTINCT content_id FROM staging.content_products);

CREATE OR REPLACE TEMP TABLE featured AS
WITH stretches AS (
    SELECT
        content_id, product_id, coalesce(valid_from, '-infinity'::TIMESTAMPTZ) AS since,
        coalesce(valid_to, 'infinity'::TIMESTAMPTZ) AS until
    FROM staging.content_products
),

islands AS (
    SELECT
        *, since > max(until) OVER (
            PARTITION BY content_id, product_id
            ORDER BY since, until
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS is_apart
    FROM stretches
    WHERE until > since
)

SELECT content_id, number, product_id, min(since) AS since, max(until) AS until
FROM (
    SELECT
        *, count(*) FILTER (WHERE is_apart) OVER (
            PARTITION BY content_id, product_id
            ORDER BY since, until
            ROWS UNBOUNDED PRECEDING
        ) AS island
    FROM islands
)
INNER JOIN numbered_contents USING (content_id)
GROUP BY content_id, number, product_id, island;

-- Since when nobody can know whether a touch led to a purchase: the window must have passed.
SET VARIABLE undecided_since = (
    SELECT max(processed_at) - to_hours(24 * getvariable('window_days')) FROM staging.orders
);

CREATE OR REPLACE TEMP TABLE journeys (
    path INTEGER[], currency VARCHAR, conversions BIGINT, units BIGINT, nulls BIGINT
);
