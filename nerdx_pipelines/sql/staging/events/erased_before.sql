-- Remember the messages of the batch that lose an address now, and came before anybody knew whose
-- it was: the file of that delivery has it still.
INSERT INTO staging.erased_names BY NAME
SELECT DISTINCT told.message_id AS name, FALSE AS is_out_of_files
FROM told_events AS told
INNER JOIN read_events USING (message_id)
WHERE
    told.email_digest IS NOT NULL
    AND read_events.email_digest IS NULL
    AND told.message_id IN (
        SELECT message_id FROM staging.events
        WHERE email_digest IS NOT NULL
        UNION ALL
        SELECT record_id FROM staging.rejected
        WHERE source = 'event' AND raw IS NOT NULL
    );
