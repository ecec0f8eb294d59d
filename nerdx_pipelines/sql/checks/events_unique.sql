-- One row a message, or the touch of one, that is stored twice.
SELECT 'message' AS what, message_id AS id FROM staging.events
GROUP BY message_id
HAVING count(*) > 1
UNION ALL
SELECT 'touch', event_id FROM staging.touches
WHERE event_id IN (SELECT told.event_id FROM staging.touches AS told WHERE told.source = 'events')
GROUP BY event_id
HAVING count(*) > 1
