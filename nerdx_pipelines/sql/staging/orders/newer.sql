-- One row an order that the pull brings in a version that staging has not passed, if it is
-- deleted nowhere and nothing of it is faulty. One that changed while it was pulled may have come
-- in two versions, whose lines nothing tells apart: it is left to the next pull of changes, which
-- brings it again.
CREATE OR REPLACE TEMP TABLE newer AS
WITH twice AS (  -- one row an order that is in the file more than once
    SELECT order_id, min(updated_at) = max(updated_at) AS is_same
    FROM pulled_orders
    GROUP BY order_id
    HAVING count(*) > 1
),

once AS (  -- one row an order
    FROM pulled_orders
    WHERE order_id NOT IN (SELECT order_id FROM twice WHERE order_id IS NOT NULL)
    UNION ALL
    SELECT DISTINCT ON (order_id) pulled_orders.*
    FROM pulled_orders
    INNER JOIN twice USING (order_id)
    WHERE twice.is_same
)

SELECT
    once.* EXCLUDE (id), known.order_day AS former_day,
    (known.updated_at IS NULL OR once.updated_at > known.updated_at) AS is_change
FROM once
LEFT JOIN staging.orders AS known ON once.order_id = known.order_id
WHERE
    once.order_id IS NOT NULL
    AND (known.updated_at IS NULL OR once.updated_at >= known.updated_at)
    AND once.order_id NOT IN (SELECT order_id FROM faulty_orders)
    AND once.order_id NOT IN (SELECT id FROM staging.tombstones WHERE kind = 'ORDER');

CREATE OR REPLACE TEMP VIEW good_records AS
SELECT 'gid://shopify/Order/' || order_id AS id FROM newer;
