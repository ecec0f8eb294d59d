-- What SQL says of the recent_orders newest orders that have credits, for Cypher to say it again.
-- One row a line, content and model that both engines have, in minor units. Lines that touched
-- content of no catalogue are left out: the graph has no such content.
SET VARIABLE since = (
    SELECT min(processed_at)
    FROM (
        SELECT processed_at
        FROM staging.orders
        WHERE order_id IN (SELECT order_id FROM attribution.credits)
        ORDER BY processed_at DESC
        LIMIT getvariable('recent_orders')::BIGINT
    )
);

CREATE OR REPLACE TEMP TABLE recent_credits AS
WITH recent AS (
    SELECT credits.*
    FROM attribution.credits
    INNER JOIN staging.orders USING (order_id)
    WHERE
        orders.processed_at >= getvariable('since')::TIMESTAMPTZ
        AND credits.window_days = getvariable('window_days')
        AND credits.touch_policy = 'all'
        AND credits.model IN (
            'first_touch', 'last_touch', 'linear', 'time_decay', 'position_based'
        )
),

outside AS (
    SELECT line_id
    FROM recent
    ANTI JOIN staging.content USING (content_id)
)

SELECT
    line_id::VARCHAR AS line_id, model, content_id, to_minor(credit, currency)::BIGINT AS credit,
    share
FROM recent
ANTI JOIN outside USING (line_id);
