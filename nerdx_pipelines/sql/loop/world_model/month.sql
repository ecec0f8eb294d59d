-- What was bought and kept in the month, of facts as they were at its end. One row a user, product
-- and instant.
CREATE OR REPLACE TEMP TABLE month_lines AS
SELECT DISTINCT user_id, product_id, processed_at
FROM kept_lines
WHERE processed_at >= getvariable('validation_from')::TIMESTAMPTZ;
