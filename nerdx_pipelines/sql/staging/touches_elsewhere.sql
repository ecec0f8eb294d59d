-- Take away the folder's touches of other days than first_day..last_day that it has on these days
-- by now. Its files hold an event once, so that of two days the one that was just read is right.
CREATE OR REPLACE TEMP TABLE elsewhere AS
WITH here AS (  -- one row a touch of these days
    SELECT event_id FROM staging.touches
    WHERE
        touch_day BETWEEN getvariable('first_day') AND getvariable('last_day')
        AND source = 'folder'
)

SELECT event_id, user_id, touched_at FROM staging.touches
SEMI JOIN here USING (event_id)
WHERE
    touch_day NOT BETWEEN getvariable('first_day') AND getvariable('last_day')
    AND coalesce(source, 'folder') = 'folder';

DELETE FROM staging.touches
WHERE
    touch_day NOT BETWEEN getvariable('first_day') AND getvariable('last_day')
    AND coalesce(source, 'folder') = 'folder'
    AND event_id IN (SELECT event_id FROM elsewhere);

CREATE OR REPLACE TEMP TABLE moved AS SELECT user_id, touched_at FROM elsewhere;
