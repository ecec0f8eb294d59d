-- Credits of a table attribution.credits with a row a model, as attribution.line_credits has them;
-- a view takes the name. One row a line, content, window and policy.
INSERT INTO attribution.line_credits BY NAME
WITH former AS (  -- the oldest had neither policies nor parts; their days are made again anyway
    SELECT NULL::VARCHAR AS touch_policy, NULL::DECIMAL(18, 4) AS click_through
    WHERE FALSE
    UNION ALL BY NAME
    SELECT * FROM attribution.credits
)

SELECT
    line_id, any_value(order_id) AS order_id, any_value(product_id) AS product_id, content_id,
    window_days, touch_policy, any_value(currency) AS currency, order_day,
    any_value(touchpoints) AS touchpoints, any_value(view_touches) AS view_touches,
    any_value(click_touches) AS click_touches, any_value(first_touch_at) AS first_touch_at,
    any_value(last_touch_at) AS last_touch_at,
    max(credit) FILTER (WHERE model = 'any_touch') AS any_touch,
    max(click_through) FILTER (WHERE model = 'any_touch') AS any_touch_click,
    max(credit) FILTER (WHERE model = 'first_touch') AS first_touch,
    max(click_through) FILTER (WHERE model = 'first_touch') AS first_touch_click,
    max(credit) FILTER (WHERE model = 'last_touch') AS last_touch,
    max(click_through) FILTER (WHERE model = 'last_touch') AS last_touch_click,
    max(credit) FILTER (WHERE model = 'linear') AS linear,
    max(click_through) FILTER (WHERE model = 'linear') AS linear_click,
    max(share) FILTER (WHERE model = 'linear') AS linear_share,
    max(credit) FILTER (WHERE model = 'time_decay') AS time_decay,
    max(click_through) FILTER (WHERE model = 'time_decay') AS time_decay_click,
    max(share) FILTER (WHERE model = 'time_decay') AS time_decay_share,
    max(credit) FILTER (WHERE model = 'position_based') AS position_based,
    max(click_through) FILTER (WHERE model = 'position_based') AS position_based_click,
    max(share) FILTER (WHERE model = 'position_based') AS position_based_share,
    max(credit) FILTER (WHERE model = 'shapley_set') AS shapley_set,
    max(click_through) FILTER (WHERE model = 'shapley_set') AS shapley_set_click,
    max(share) FILTER (WHERE model = 'shapley_set') AS shapley_set_share
FROM former
GROUP BY line_id, content_id, window_days, touch_policy, order_day
ORDER BY order_day;

DROP TABLE attribution.credits;
