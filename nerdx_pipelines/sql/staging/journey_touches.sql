-- Replace the touches that the shop itself saw: visits before an order, of which the UTM content
-- or the landing page names a content. A visit by a link with utm_content is a click on that
-- content; one that landed on the content's own page is a view of it. One that is reported too,
-- by the folder or as an event, within half an hour, is left to that. What came or went is in
-- `moved`.
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
        coalesce(order_visits.utm_content, utm_content(landing_page)) AS campaign_content,
        page_name(landing_page) AS page
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

CREATE OR REPLACE TEMP TABLE moved AS
WITH journeys AS (
    SELECT event_id, user_id, content_id, touch_type, touched_at
    FROM staging.touches
    WHERE source = 'journey'
)

SELECT user_id, touched_at FROM (
    FROM former_journey_touches
    EXCEPT
    FROM journeys
)
UNION ALL
SELECT user_id, touched_at FROM (
    FROM journeys
    EXCEPT
    FROM former_journey_touches
);
