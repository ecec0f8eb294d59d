-- One row a message of told_events of somebody whose data were erased; its file has to lose them.
SELECT DISTINCT told.message_id
FROM told_events AS told
INNER JOIN read_events USING (message_id)
LEFT JOIN staging.known_ids ON told.anonymous_id = known_ids.anonymous_id
WHERE
    read_events.is_of_shop
    OR told.email_digest IS DISTINCT FROM read_events.email_digest
    OR coalesce(told.user_id, known_ids.customer_id) IN (
        SELECT id FROM staging.redactions
        WHERE kind = 'CUSTOMER'
    );
