-- Bring the good events of read_events into staging.events. However often and in whatever order a
-- message comes, its first delivery is the one that counts; what is new or another than before
-- is in `new_events`, and in `dirty_events` what is to be looked at again.
CREATE OR REPLACE TEMP TABLE good_events AS
WITH deliveries AS (
    SELECT * EXCLUDE (reason, raw, file, is_of_shop)
    FROM read_events
    WHERE
        reason IS NULL
        AND CASE
            WHEN type = 'identify'
                THEN
                    anonymous_id IS NOT NULL
                    AND coalesce(user_id::VARCHAR, email_digest) IS NOT NULL
            ELSE
                items IS NOT NULL
                OR (
                    touch_type IS NOT NULL
                    AND coalesce(content_id, page, campaign_content) IS NOT NULL
                )
        END
),

twice AS (  -- one row a message that came more than once
    SELECT message_id FROM deliveries
    GROUP BY message_id
    HAVING count(*) > 1
)

FROM deliveries
ANTI JOIN twice USING (message_id)
UNION ALL
SELECT unnest(least_of) FROM (
    SELECT min(deliveries) AS least_of  -- as rows: by received_at, and then by all the rest
    FROM deliveries
    SEMI JOIN twice USING (message_id)
    GROUP BY message_id
);

CREATE OR REPLACE TEMP TABLE known_events AS
FROM staging.events
WHERE message_id IN (SELECT message_id FROM good_events);

CREATE OR REPLACE TEMP TABLE new_events AS
SELECT good_events.*
FROM good_events
LEFT JOIN known_events USING (message_id)
WHERE known_events.message_id IS NULL OR good_events < known_events;

DELETE FROM staging.events
WHERE
    message_id IN (
        SELECT message_id FROM new_events
        INTERSECT
        SELECT message_id FROM known_events
    );

INSERT INTO staging.events BY NAME
SELECT * FROM new_events
ORDER BY received_at, message_id;

CREATE OR REPLACE TEMP TABLE dirty_events AS
SELECT message_id FROM new_events;
