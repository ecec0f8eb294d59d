-- Replace the touches of the days first_day..last_day by the landed file. One row an event; an
-- anonymous one gets the customer it is known to be. An anonymous id that was two customers is
-- nobody's: a shared device proves nothing.
DELETE FROM staging.touches
WHERE
    touch_day BETWEEN getvariable('first_day') AND getvariable('last_day')
    AND source IS DISTINCT FROM 'journey';

INSERT INTO staging.touches BY NAME
WITH known AS (
    SELECT anonymous_id, any_value(customer_id) AS customer_id
    FROM staging.identities
    GROUP BY anonymous_id
    HAVING count(DISTINCT customer_id) = 1
)

SELECT
    touches.event_id, coalesce(touches.user_id, known.customer_id) AS user_id,
    touches.anonymous_id, touches.content_id, touches.touch_type, touches.product_id,
    -- A folder does not say when an event arrived.
    touches.touched_at, touches.touched_at AS ingested_at,
    shop_day(touches.touched_at) AS touch_day, 'folder' AS source
FROM read_parquet(getvariable('folder') || '/touches.parquet') AS touches
LEFT JOIN known USING (anonymous_id)
WHERE touch_day BETWEEN getvariable('first_day') AND getvariable('last_day')
ORDER BY touch_day, touches.event_id;
