-- One row: a place in a list of the baseline that every recommender must beat where people buy
-- the same things again: how often the user bought a product, each order fading with its age.
CREATE OR REPLACE TEMP TABLE decayed_frequency_lists AS
WITH frequencies AS (
    SELECT
        user_id, product_id,
        sum(decayed(processed_at, getvariable('baseline_half_life_days'))) AS score
    FROM (SELECT DISTINCT user_id, order_id, product_id, processed_at FROM kept_lines)
    SEMI JOIN sellable_products USING (product_id)
    GROUP BY user_id, product_id
)

SELECT
    user_id, product_id,
    row_number() OVER (PARTITION BY user_id ORDER BY score DESC, product_id) AS rank
FROM frequencies
QUALIFY rank <= getvariable('length');
