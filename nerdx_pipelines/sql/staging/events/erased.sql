-- Have the events that name an erased address forget it (`events/cleansed`), and with them whoever
-- the folder calls by one. What that moves is in dirty_events and `moved`.
CREATE OR REPLACE TEMP TABLE cleansed_events AS
SELECT * EXCLUDE (is_of_shop) FROM read_events
WHERE email_digest IS NULL;

CREATE OR REPLACE TEMP TABLE dirty_events AS SELECT message_id FROM cleansed_events;

INSERT INTO staging.erased_names BY NAME
SELECT message_id AS name, FALSE AS is_out_of_files FROM dirty_events;

DELETE FROM staging.events WHERE message_id IN (SELECT message_id FROM dirty_events);
INSERT INTO staging.events BY NAME
SELECT * FROM cleansed_events
ORDER BY received_at, message_id;

CREATE OR REPLACE TEMP TABLE moved AS
SELECT
    unnest([touches.user_id, if(
        touches.is_stitched, erased.customer_id, coalesce(touches.user_id, erased.customer_id)
    )]) AS user_id,
    touches.touched_at
FROM staging.touches
INNER JOIN staging.erased_customers AS erased ON mark_of(touches.anonymous_id) = erased.mark
WHERE touches.source = 'folder';

UPDATE staging.touches SET
    anonymous_id = 'erased ' || erased.customer_id,
    user_id = if(
        touches.is_stitched, erased.customer_id, coalesce(touches.user_id, erased.customer_id)
    ),
    is_stitched = FALSE
FROM staging.erased_customers AS erased
WHERE mark_of(touches.anonymous_id) = erased.mark AND touches.source = 'folder';

UPDATE staging.identities SET anonymous_id = 'erased ' || erased.customer_id
FROM staging.erased_customers AS erased
WHERE mark_of(identities.anonymous_id) = erased.mark AND identities.source = 'folder';
