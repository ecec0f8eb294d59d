-- One row: what a customer bought in the days held out and, by their end, kept.
CREATE OR REPLACE TEMP TABLE held_out AS
SELECT DISTINCT user_id, product_id
FROM kept_lines
WHERE processed_at >= getvariable('split_at')::TIMESTAMPTZ;
