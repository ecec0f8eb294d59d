-- I3. One row a credit that is stored twice: whatever is made again takes the former one's place.
SELECT line_id, content_id, model, window_days, touch_policy, count(*) AS stored
FROM attribution.credits
GROUP BY line_id, content_id, model, window_days, touch_policy
HAVING count(*) > 1
