-- Make the touches of the dirty_events anew: of the content that the event names, or the page it
-- was on if the catalogue has it, and of the one that the link there named. An event_id that the
-- folder has too is the folder's. What came or went is in `moved`.
CREATE OR REPLACE TEMP TABLE former_touches AS
SELECT event_id, user_id, anonymous_id, content_id, touch_type, product_id, touched_at, ingested_at
FROM staging.touches
WHERE
    source = 'events'
    AND event_id IN (
        SELECT unnest([message_id, message_id || ' click']) FROM dirty_events
    );

CREATE OR REPLACE TEMP TABLE wanted_touches AS
WITH named AS (  -- one row an event and the contents it names
    SELECT
        events.*, coalesce(events.content_id, pages.content_id) AS own,
        if(campaigns.content_id = own, NULL, campaigns.content_id) AS campaign
    FROM staging.events
    SEMI JOIN dirty_events USING (message_id)
    LEFT JOIN staging.content AS pages
        ON if(events.content_id IS NULL, events.page, NULL) = pages.content_id
    LEFT JOIN staging.content AS campaigns ON events.campaign_content = campaigns.content_id
    WHERE events.touch_type IS NOT NULL
),

named_touches AS MATERIALIZED (  -- one row a touch
    SELECT
        message_id AS event_id, own AS content_id, touch_type,
        user_id, anonymous_id, product_id, occurred_at, received_at
    FROM named
    WHERE own IS NOT NULL
    UNION ALL
    SELECT
        if(own IS NULL, message_id, message_id || ' click'), campaign, 'click',
        user_id, anonymous_id, product_id, occurred_at, received_at
    FROM named
    WHERE campaign IS NOT NULL
),

of_folder AS (  -- one row a touch that the folder has
    SELECT event_id FROM staging.touches
    WHERE
        coalesce(source, 'folder') = 'folder'
        AND event_id IN (SELECT event_id FROM named_touches)
)

SELECT
    named_touches.event_id, coalesce(named_touches.user_id, known_ids.customer_id) AS user_id,
    named_touches.anonymous_id, named_touches.content_id, named_touches.touch_type,
    named_touches.product_id,
    named_touches.occurred_at AS touched_at, named_touches.received_at AS ingested_at,
    (named_touches.user_id IS NULL AND known_ids.customer_id IS NOT NULL) AS is_stitched
FROM named_touches
ANTI JOIN of_folder USING (event_id)
LEFT JOIN staging.known_ids USING (anonymous_id);

CREATE OR REPLACE TEMP TABLE moved AS
WITH kept AS (  -- one row a touch that there was, and is
    SELECT event_id, user_id, anonymous_id, content_id, touch_type, touched_at
    FROM wanted_touches
    SEMI JOIN former_touches USING (event_id)
),

former AS (
    SELECT event_id, user_id, anonymous_id, content_id, touch_type, touched_at
    FROM former_touches
)

SELECT user_id, touched_at FROM wanted_touches
ANTI JOIN former_touches USING (event_id)
UNION ALL
SELECT user_id, touched_at FROM (
    FROM kept
    EXCEPT
    FROM former
)
UNION ALL
SELECT user_id, touched_at FROM (
    FROM former
    EXCEPT
    FROM kept
);

DELETE FROM staging.touches
WHERE source = 'events' AND event_id IN (SELECT event_id FROM former_touches);

INSERT INTO staging.touches BY NAME
SELECT *, shop_day(touched_at) AS touch_day, 'events' AS source
FROM wanted_touches
ORDER BY touch_day, event_id;
