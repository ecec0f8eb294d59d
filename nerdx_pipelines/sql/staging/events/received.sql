-- Bring the good events of read_events into staging.events. However often and in whatever order a
-- message comes, its first delivery is the one that counts; what is new or another than before
-- is in `new_events`, and in `dirty_events` what is to be looked at again.
CREATE OR REPLACE TEMP TABLE good_events AS
SELECT * EXCLUDE (reason, raw, file)
FROM read_events
WHERE
    reason IS NULL
    AND CASE
        WHEN type = 'identify'
            THEN anonymous_id IS NOT NULL AND coalesce(user_id::VARCHAR, email_digest) IS NOT NULL
        ELSE
            touch_type IS NOT NULL AND coalesce(content_id, page, campaign_content) IS NOT NULL
    END;

CREATE OR REPLACE TEMP TABLE known_events AS
FROM staging.events
WHERE message_id IN (SELECT message_id FROM good_events);

CREATE OR REPLACE TEMP TABLE new_events AS
WITH twice AS (  -- one row a message that came more than once
    SELECT message_id
    FROM (
        SELECT message_id FROM good_events
        UNION ALL
        SELECT message_id FROM known_events
    )
    GROUP BY message_id
    HAVING count(*) > 1
),

deliveries AS (  -- every delivery of those
    SELECT * FROM good_events
    SEMI JOIN twice USING (message_id)
    UNION ALL BY NAME
    SELECT * FROM known_events
)

SELECT * FROM good_events
ANTI JOIN twice USING (message_id)
UNION ALL BY NAME
(
    SELECT * FROM (
        SELECT DISTINCT ON (message_id) *
        FROM deliveries
        ORDER BY
            message_id, received_at, type, occurred_at, user_id, anonymous_id, site_user_id,
            email_digest, touch_type, content_id, page, campaign_content, product_id
    )
    EXCEPT
    SELECT * FROM known_events
);

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
