-- Remember the messages of the batch that lose an address now, and came before anybody knew whose
-- it was: the file of that delivery has it still.
INSERT INTO staging.erased_names BY NAME
WITH losing AS (
    SELECT told.message_id
    FROM told_events AS told
    INNER JOIN read_events USING (message_id)
    WHERE told.email_digest IS NOT NULL AND read_events.email_digest IS NULL
)

SELECT message_id AS name, FALSE AS is_out_of_files FROM staging.events
SEMI JOIN losing USING (message_id)
WHERE email_digest IS NOT NULL
UNION
SELECT rejected.record_id, FALSE FROM staging.rejected
SEMI JOIN losing ON rejected.record_id = losing.message_id
WHERE rejected.source = 'event' AND rejected.raw IS NOT NULL;
