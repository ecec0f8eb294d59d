-- I5. One row a line that one content alone can have sold and on which the models do not agree.
WITH alone AS (  -- each of these is of the one row that there is
    SELECT
        line_id, window_days, touch_policy, any_value(any_touch) AS any_touch,
        any_value(first_touch) AS first_touch, any_value(last_touch) AS last_touch,
        any_value(linear) AS linear, any_value(time_decay) AS time_decay,
        any_value(position_based) AS position_based, any_value(shapley_set) AS shapley_set,
        any_value(linear_share) AS linear_share, any_value(time_decay_share) AS time_decay_share,
        any_value(position_based_share) AS position_based_share,
        any_value(shapley_set_share) AS shapley_set_share
    FROM attribution.line_credits
    GROUP BY line_id, window_days, touch_policy
    HAVING count(*) = 1
)

FROM alone
WHERE
    any_touch IS NULL
    OR first_touch IS DISTINCT FROM any_touch OR last_touch IS DISTINCT FROM any_touch
    OR linear IS DISTINCT FROM any_touch OR time_decay IS DISTINCT FROM any_touch
    OR position_based IS DISTINCT FROM any_touch OR shapley_set IS DISTINCT FROM any_touch
    OR linear_share IS DISTINCT FROM 1 OR time_decay_share IS DISTINCT FROM 1
    OR position_based_share IS DISTINCT FROM 1 OR shapley_set_share IS DISTINCT FROM 1
