-- Store what `dealt` gives: one row a line, content and model with a share in it (the line's net
-- revenue of today), and one a refund or cancellation, content and model (what it took back).

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
CREATE OR REPLACE TEMP VIEW given AS
SELECT
    'first_touch' AS model, units, 1 AS share, opens_clicked * units AS clicked_units,
    * EXCLUDE (units)
FROM dealt
WHERE opens = 1
UNION ALL BY NAME
SELECT
    'last_touch' AS model, units, 1 AS share, closes_clicked * units AS clicked_units,
    * EXCLUDE (units)
FROM dealt
WHERE closes = 1
UNION ALL BY NAME
SELECT
    'linear' AS model, linear_units AS units, touchpoints / length AS share,
    clicked_of(linear_units, clicked, touchpoints) AS clicked_units, * EXCLUDE (units)
FROM dealt
UNION ALL BY NAME
SELECT
    'time_decay' AS model, decay_units AS units, decay::DOUBLE / decay_whole::DOUBLE AS share,
    clicked_of(decay_units, decay_clicked, decay) AS clicked_units, * EXCLUDE (units)
FROM dealt
UNION ALL BY NAME
SELECT
    'position_based' AS model, position_units AS units, position_part / position_whole AS share,
    clicked_of(position_units, position_clicked, position_part) AS clicked_units,
    * EXCLUDE (units)
FROM dealt
UNION ALL BY NAME
SELECT
    'shapley_set' AS model, set_units AS units, 1 / contents AS share,
    clicked_of(set_units, clicked, touchpoints) AS clicked_units, * EXCLUDE (units)
FROM dealt
UNION ALL BY NAME
SELECT
    'any_touch' AS model, units, 1 AS share,
    clicked_of(units, clicked, touchpoints) AS clicked_units, * EXCLUDE (units)
FROM dealt;

INSERT INTO attribution.credits BY NAME
SELECT
    line_id, order_id, product_id, content_id, model,
    getvariable('credit_window') AS window_days,
    money_of(if(is_negative, -units, units), digits) AS credit,
    share, currency, touchpoints, view_touches, click_touches, first_touch_at, last_touch_at,
    order_day,
    money_of(if(is_negative, clicked_units - units, units - clicked_units), digits)
        AS view_through,
    money_of(if(is_negative, -clicked_units, clicked_units), digits) AS click_through,
    getvariable('touch_policy') AS touch_policy
FROM given
WHERE is_today;

INSERT INTO attribution.reversals BY NAME
WITH reversed AS (
    SELECT line_id FROM amounts
    WHERE step > 0
),

history AS (  -- one row a content, model and amount of a line that was refunded or cancelled
    SELECT
        line_id, order_id, content_id, model, step, refund_id, reversed_day, order_day, currency,
        money_of(if(is_negative, -units, units), digits) AS credit
    FROM given
    SEMI JOIN reversed USING (line_id)
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
