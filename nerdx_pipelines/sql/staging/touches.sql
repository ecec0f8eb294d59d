-- Replace the folder's touches of the days first_day..last_day by the landed file. One row an
-- event; an anonymous one gets the customer it is known to be. Days whose touches are the same
-- as before are left alone.
CREATE OR REPLACE TEMP VIEW landed_touches AS
SELECT
    touches.event_id,
    coalesce(touches.user_id, erased.customer_id, known_ids.customer_id) AS user_id,
    coalesce('erased ' || erased.customer_id, touches.anonymous_id) AS anonymous_id,
    touches.content_id, touches.touch_type, touches.product_id,
    touches.touched_at, shop_day(touches.touched_at) AS touch_day,
    coalesce(touches.user_id, erased.customer_id) IS NULL
    AND known_ids.customer_id IS NOT NULL AS is_stitched
FROM read_parquet(getvariable('folder') || '/touches.parquet') AS touches
LEFT JOIN staging.erased_customers AS erased ON mark_of(touches.anonymous_id) = erased.mark
LEFT JOIN staging.known_ids ON touches.anonymous_id = known_ids.anonymous_id
WHERE
    touch_day BETWEEN getvariable('first_day') AND getvariable('last_day')
    -- So that of a file ordered by time only the rows around these days are read.
    AND touches.touched_at >= getvariable('first_day')::TIMESTAMPTZ - INTERVAL 1 DAY
    AND touches.touched_at < getvariable('last_day')::TIMESTAMPTZ + INTERVAL 2 DAYS;

CREATE OR REPLACE TEMP TABLE former_days AS
SELECT
    touch_day,
    fingerprint(row(
        event_id, user_id, anonymous_id, content_id, touch_type, product_id, touched_at,
        is_stitched
    )) AS mark
FROM staging.touches
WHERE
    touch_day BETWEEN getvariable('first_day') AND getvariable('last_day')
    AND coalesce(source, 'folder') = 'folder'
GROUP BY touch_day;

CREATE OR REPLACE TEMP TABLE same_days AS
WITH landed_days AS (
    SELECT
        touch_day,
        fingerprint(row(
            event_id, user_id, anonymous_id, content_id, touch_type, product_id, touched_at,
            is_stitched
        )) AS mark
    FROM landed_touches
    WHERE touch_day IN (SELECT touch_day FROM former_days)
    GROUP BY touch_day
)

SELECT touch_day FROM landed_days
SEMI JOIN former_days USING (touch_day, mark);

CREATE OR REPLACE TEMP TABLE former_touches AS
SELECT event_id, user_id, anonymous_id, content_id, touch_type, product_id, touched_at
FROM staging.touches
WHERE
    touch_day BETWEEN getvariable('first_day') AND getvariable('last_day')
    AND touch_day NOT IN (SELECT touch_day FROM same_days)
    AND coalesce(source, 'folder') = 'folder';

DELETE FROM staging.touches
WHERE
    touch_day BETWEEN getvariable('first_day') AND getvariable('last_day')
    AND touch_day NOT IN (SELECT touch_day FROM same_days)
    AND coalesce(source, 'folder') = 'folder';

INSERT INTO staging.touches BY NAME
SELECT
    *, touched_at AS ingested_at,  -- a folder does not say when an event arrived
    'folder' AS source
FROM landed_touches
WHERE touch_day NOT IN (SELECT touch_day FROM same_days)
ORDER BY touch_day, event_id;

-- What came or went in days that had touches before; and in days that had none, unless it is so
-- much that asking for each buyer's purchases costs more than making them all again.
CREATE OR REPLACE TEMP VIEW new_touches AS
SELECT event_id, user_id, touched_at, touch_day
FROM staging.touches
WHERE
    touch_day BETWEEN getvariable('first_day') AND getvariable('last_day')
    AND touch_day NOT IN (SELECT touch_day FROM former_days)
    AND source = 'folder';

CREATE OR REPLACE TEMP TABLE new_count AS SELECT count(*) AS touches FROM new_touches;

CREATE OR REPLACE TEMP TABLE moved AS
WITH landed AS (  -- one row a touch of a day that had others
    SELECT event_id, user_id, anonymous_id, content_id, touch_type, product_id, touched_at
    FROM staging.touches
    WHERE
        touch_day IN (SELECT touch_day FROM former_days)
        AND touch_day NOT IN (SELECT touch_day FROM same_days)
        AND source = 'folder'
)

SELECT user_id, touched_at FROM (
    FROM former_touches
    EXCEPT
    FROM landed
)
UNION ALL
SELECT user_id, touched_at FROM (
    FROM landed
    EXCEPT
    FROM former_touches
)
UNION ALL
SELECT user_id, touched_at FROM new_touches
WHERE (SELECT touches FROM new_count) <= 1000000;

INSERT INTO staging.changed_days
SELECT
    (FROM staging.last_change) + row_number() OVER (ORDER BY day),
    day, 'touch', now()
FROM (
    SELECT touch_day AS day FROM new_touches
    UNION
    SELECT orders.order_day
    FROM (SELECT DISTINCT order_day FROM staging.orders) AS orders
    INNER JOIN (SELECT DISTINCT touch_day FROM new_touches) AS days
        ON
            orders.order_day BETWEEN days.touch_day - getvariable('window_days')
            AND days.touch_day + getvariable('window_days')
)
WHERE (SELECT touches FROM new_count) > 1000000
ORDER BY day;
