-- I5. One row a line that one content alone can have sold and on which the models do not agree.
WITH alone AS (
    SELECT line_id, window_days, touch_policy
    FROM attribution.credits
    WHERE model = 'linear'
    GROUP BY line_id, window_days, touch_policy
    HAVING count(*) = 1
)

SELECT line_id, window_days, touch_policy, count(*) AS models
FROM attribution.credits
SEMI JOIN alone USING (line_id, window_days, touch_policy)
GROUP BY line_id, window_days, touch_policy
HAVING
    min(credit) <> max(credit) OR min(share) <> 1 OR max(share) <> 1
    OR count(*) <> (SELECT count(DISTINCT every.model) FROM attribution.credits AS every)
