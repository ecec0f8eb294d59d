-- Give the touches of moved_ids the customer that each of these anonymous ids is now known to be,
-- or none; before, it was that of former_known. What a touch itself says of its user stays.
CREATE OR REPLACE TEMP TABLE renamed AS
SELECT moved_ids.anonymous_id, known_ids.customer_id
FROM moved_ids
LEFT JOIN staging.known_ids USING (anonymous_id)
LEFT JOIN former_known USING (anonymous_id)
WHERE known_ids.customer_id IS DISTINCT FROM former_known.customer_id;

CREATE OR REPLACE TEMP TABLE moved AS
SELECT unnest([touches.user_id, renamed.customer_id]) AS user_id, touches.touched_at
FROM staging.touches
INNER JOIN renamed USING (anonymous_id)
WHERE touches.is_stitched OR touches.user_id IS NULL;

UPDATE staging.touches SET
    user_id = renamed.customer_id, is_stitched = renamed.customer_id IS NOT NULL
FROM renamed
WHERE
    touches.anonymous_id = renamed.anonymous_id
    AND (touches.is_stitched OR touches.user_id IS NULL);
