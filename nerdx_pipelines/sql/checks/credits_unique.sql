-- I3. One row a line and content whose credits are stored twice: what is made again takes the place
-- of the former. A row has those of all models.
SELECT line_id, content_id, window_days, touch_policy, count(*) AS stored
FROM attribution.line_credits
GROUP BY line_id, content_id, window_days, touch_policy
HAVING count(*) > 1
