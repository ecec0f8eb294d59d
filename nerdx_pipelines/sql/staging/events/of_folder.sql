-- Events that the receiver has too are the folder's while it has them: those of the days that the
-- folder's touches were replaced in are to be looked at again.
CREATE OR REPLACE TEMP TABLE dirty_events AS
WITH ids AS (
    SELECT event_id FROM former_touches
    UNION ALL
    SELECT event_id FROM staging.touches
    WHERE
        touch_day BETWEEN getvariable('first_day') AND getvariable('last_day')
        AND touch_day NOT IN (SELECT touch_day FROM same_days)
        AND source = 'folder'
)

SELECT message_id FROM staging.events
SEMI JOIN ids ON events.message_id = ids.event_id
UNION
SELECT message_id FROM staging.events
SEMI JOIN ids ON events.message_id || ' click' = ids.event_id;
