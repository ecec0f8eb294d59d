-- One row an event that is stored twice.
SELECT event_id FROM staging.touches
GROUP BY event_id
HAVING count(*) > 1
