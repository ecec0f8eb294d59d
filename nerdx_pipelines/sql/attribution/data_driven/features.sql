-- One row a content, a product and a stretch of time in which the one features the other; what
-- the catalogue says of overlapping stretches is said once. Contents go by number.
CREATE OR REPLACE TEMP TABLE numbered_contents AS
SELECT
    content_id, (row_number() OVER (ORDER BY content_id) - 1)::INTEGER AS number
FROM (SELECT DISTINCT content_id FROM staging.content_products);

CREATE OR REPLACE TEMP TABLE featured AS
SELECT content_id, number, product_id, valid_from AS since, valid_to AS until
FROM staging.features
INNER JOIN numbered_contents USING (content_id);

-- Since when nobody can know whether a touch led to a purchase: the window must have passed.
SET VARIABLE undecided_since = (
    SELECT max(processed_at) - to_hours(24 * getvariable('window_days')) FROM staging.orders
);

CREATE OR REPLACE TEMP TABLE journeys (
    path INTEGER[], currency VARCHAR, conversions BIGINT, units BIGINT, nulls BIGINT
);
