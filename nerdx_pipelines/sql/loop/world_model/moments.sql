-- What could be foretold of the month: whether a purchase of a product follows within window_days
-- the moment at which a user saw or clicked a content that features it.
CREATE OR REPLACE TEMP TABLE moments AS
SELECT
    *, row_number() OVER (ORDER BY user_id, product_id, touched_at) - 1 AS moment,
    dense_rank() OVER (ORDER BY user_id) - 1 AS user_number
FROM (
    SELECT DISTINCT user_id, product_id, touched_at
    FROM exposures
    WHERE
        touched_at >= getvariable('validation_from')::TIMESTAMPTZ
        AND touched_at < getvariable('validation_until')::TIMESTAMPTZ
        - to_hours(24 * getvariable('window_days'))
);
