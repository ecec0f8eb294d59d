-- Store what `dealt` gives: one row a line and content with a share in it (the line's net revenue
-- of today), and one a refund or cancellation, content and model (what it took back).

-- A number of minor units as money; in 64 bits where units are hundredths or whole.
CREATE OR REPLACE TEMP MACRO money_of(units, digits) AS  -- noqa: CP05
CASE digits
    WHEN 2 THEN (units::DECIMAL(16, 0) * 0.01::DECIMAL(2, 2))::DECIMAL(18, 4)
    WHEN 0 THEN units::DECIMAL(14, 0)::DECIMAL(18, 4)
    ELSE (units::DECIMAL(17, 0) * 0.001::DECIMAL(3, 3))::DECIMAL(18, 4)
END;

-- What of the units comes by touchpoints with a click, half a unit rounded up.
CREATE OR REPLACE TEMP MACRO clicked_of(units, clicked, part) AS  -- noqa: CP05
CASE clicked
    WHEN 0 THEN 0::BIGINT
    WHEN part THEN units
    ELSE ((2 * units::HUGEINT * clicked + part) // (2 * part))::BIGINT
END;

-- Sets and any_touch do not weigh touchpoints: those of a content have equal parts in it.
INSERT INTO attribution.line_credits BY NAME
WITH given AS (  -- with the sign that the amount has
    SELECT
        *, clicked_of(units, clicked, touchpoints) AS clicked_units,
        clicked_of(linear_units, clicked, touchpoints) AS linear_clicked,
        clicked_of(decay_units, decay_clicked, decay) AS decay_clicked_units,
        clicked_of(position_units, position_clicked, position_part) AS position_clicked_units,
        clicked_of(set_units, clicked, touchpoints) AS set_clicked,
        if(is_negative, -1, 1) AS sign
    FROM dealt
    WHERE is_today
)

SELECT
    line_id, order_id, product_id, content_id, getvariable('credit_window') AS window_days,
    getvariable('touch_policy') AS touch_policy, currency, order_day, touchpoints, view_touches,
    click_touches, first_touch_at, last_touch_at,
    money_of(sign * units, digits) AS any_touch,
    money_of(sign * clicked_units, digits) AS any_touch_click,
    if(opens = 1, any_touch, NULL) AS first_touch,
    CASE WHEN opens_clicked = 1 THEN any_touch WHEN opens = 1 THEN 0 END AS first_touch_click,
    if(closes = 1, any_touch, NULL) AS last_touch,
    CASE WHEN closes_clicked = 1 THEN any_touch WHEN closes = 1 THEN 0 END AS last_touch_click,
    money_of(sign * linear_units, digits) AS linear,
    money_of(sign * linear_clicked, digits) AS linear_click,
    touchpoints / length AS linear_share,
    money_of(sign * decay_units, digits) AS time_decay,
    money_of(sign * decay_clicked_units, digits) AS time_decay_click,
    decay::DOUBLE / decay_whole::DOUBLE AS time_decay_share,
    money_of(sign * position_units, digits) AS position_based,
    money_of(sign * position_clicked_units, digits) AS position_based_click,
    position_part / position_whole AS position_based_share,
    money_of(sign * set_units, digits) AS shapley_set,
    money_of(sign * set_clicked, digits) AS shapley_set_click,
    1 / contents AS shapley_set_share
FROM given;

INSERT INTO attribution.reversals BY NAME
WITH reversed AS MATERIALIZED (  -- one row a content and amount of a line, not all live today
    FROM dealt
    WHERE is_reversed
),

given AS (  -- one row a model of it
    SELECT 'first_touch' AS model, units, * EXCLUDE (units) FROM reversed WHERE opens = 1
    UNION ALL
    SELECT 'last_touch', units, * EXCLUDE (units) FROM reversed WHERE closes = 1
    UNION ALL
    SELECT 'linear', linear_units, * EXCLUDE (units) FROM reversed
    UNION ALL
    SELECT 'time_decay', decay_units, * EXCLUDE (units) FROM reversed
    UNION ALL
    SELECT 'position_based', position_units, * EXCLUDE (units) FROM reversed
    UNION ALL
    SELECT 'shapley_set', set_units, * EXCLUDE (units) FROM reversed
    UNION ALL
    SELECT 'any_touch', units, * EXCLUDE (units) FROM reversed
),

history AS (
    SELECT *, money_of(if(is_negative, -units, units), digits) AS credit
    FROM given
),

changes AS (
    SELECT
        *,
        lag(credit) OVER (PARTITION BY line_id, content_id, model ORDER BY step) - credit AS amount
    FROM history
)

SELECT
    refund_id, line_id, order_id, content_id, model,
    getvariable('credit_window') AS window_days, getvariable('touch_policy') AS touch_policy,
    amount, reversed_day, order_day, currency
FROM changes
WHERE step > 0
ORDER BY order_day, line_id, model, content_id, step;
