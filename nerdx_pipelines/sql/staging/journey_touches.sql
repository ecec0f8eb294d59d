-- Replace the touches that the shop itself saw: visits before an order, of which the UTM content
-- or the landing page names a content. A visit by a link with utm_content is a click on that
-- content; one that landed on the content's own page is a view of it. A click that the folder
-- reports too, within half an hour, is left to the folder.
CREATE OR REPLACE TEMP TABLE former_journey_touches AS
SELECT event_id, user_id, content_id, touch_type, touched_at
FROM staging.touches
WHERE source = 'journey';

DELETE FROM staging.touches
WHERE source = 'journey';

INSERT INTO staging.touches BY NAME
WITH visits AS (  -- one row a visit and what it may name
    SELECT
        order_visits.visit_id, order_visits.order_id, order_visits.occurred_at,
        orders.customer_id, orders.processed_at,
        coalesce(
            order_visits.utm_content,
            nullif(url_decode(regexp_extract(landing_page, '[?&]utm_content=([^&#]+)', 1)), '')
        ) AS campaign_content,
        regexp_extract(landing_page, '([^/?#]+)/*(?:[?#].*)?$', 1) AS page
    FROM staging.order_visits
    INNER JOIN staging.orders USING (order_id, order_day)
    WHERE orders.journey_ready AND orders.customer_id IS NOT NULL AND NOT orders.test
),

named AS (  -- one row a visit that names a content
    SELECT visits.*, content.content_id, 'click' AS touch_type
    FROM visits
    INNER JOIN staging.content ON visits.campaign_content = content.content_id
    UNION ALL
    SELECT visits.*, content.content_id, 'view' AS touch_type
    FROM visits
    INNER JOIN staging.content ON visits.page = content.content_id
    WHERE visits.campaign_content IS DISTINCT FROM visits.page
)

SELECT
    'visit ' || visit_id || ' ' || touch_type AS event_id, customer_id AS user_id, content_id,
    touch_type, occurred_at AS touched_at,
    greatest(processed_at, occurred_at) AS ingested_at,  -- the shop tells of it with the order
    shop_day(occurred_at) AS touch_day, 'journey' AS source, order_id
FROM named
WHERE
    NOT EXISTS (
        SELECT 1 FROM staging.touches AS reported
        WHERE
            reported.user_id = named.customer_id AND reported.content_id = named.content_id
            AND reported.touch_type = named.touch_type
            AND abs(epoch(reported.touched_at) - epoch(named.occurred_at)) <= 1800
    )
-- A visit may stand before several orders, of one person who may have two accounts.
QUALIFY row_number() OVER (PARTITION BY visit_id, touch_type ORDER BY processed_at, order_id) = 1
ORDER BY touch_day, event_id;

-- The purchases within the window around a touch that came or went are dealt anew.
INSERT INTO staging.changed_days
WITH moved AS (
    (
        FROM former_journey_touches
        EXCEPT
        SELECT event_id, user_id, content_id, touch_type, touched_at
        FROM staging.touches
        WHERE source = 'journey'
    )
    UNION ALL
    (
        SELECT event_id, user_id, content_id, touch_type, touched_at
        FROM staging.touches
        WHERE source = 'journey'
        EXCEPT
        FROM former_journey_touches
    )
)

SELECT nextval('staging.change_ids'), day, 'journey', now()
FROM (
    SELECT moved.touched_at, unnest([orders.order_day, shop_day(moved.touched_at)]) AS day
    FROM moved
    INNER JOIN staging.orders
        ON
            moved.user_id = orders.customer_id
            AND orders.processed_at
            BETWEEN moved.touched_at - to_hours(24 * getvariable('window_days'))
            AND moved.touched_at + to_hours(24 * getvariable('window_days'))
)
GROUP BY day
ORDER BY day;
