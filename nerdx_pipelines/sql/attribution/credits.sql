-- Replace the credits of the days_to_do from eligible_touches.
-- One row a line, content and model with a share in it. Weights are integers and shares of a
-- line's minor units are dealt out by largest remainder, so that the result is exact, sums to
-- the line's net revenue, and does not depend on any order of rows.
DELETE FROM attribution.credits
WHERE order_day IN (SELECT day FROM days_to_do);

INSERT INTO attribution.credits BY NAME
WITH steps AS (  -- one row a touch, numbered by the touchpoint it belongs to
    SELECT
        *, sum(is_new::INTEGER) OVER path AS position
    FROM (
        SELECT
            *, (content_id IS DISTINCT FROM lag(content_id) OVER path) AS is_new
        FROM eligible_touches
        WINDOW path AS (
            PARTITION BY line_id
            ORDER BY touched_at, touch_type = 'click', content_id, event_id
        )
    )
    WINDOW path AS (
        PARTITION BY line_id
        ORDER BY touched_at, touch_type = 'click', content_id, event_id
        ROWS UNBOUNDED PRECEDING
    )
),

touchpoints AS (  -- one row a touchpoint: consecutive touches of one content
    SELECT
        line_id, position, content_id,
        min(touched_at) AS first_touch_at, max(touched_at) AS last_touch_at,
        count(*) FILTER (WHERE touch_type = 'view') AS view_touches,
        count(*) FILTER (WHERE touch_type = 'click') AS click_touches,
        max(position) OVER path AS path_length,
        max(max(touched_at)) OVER path AS path_end
    FROM steps
    GROUP BY line_id, position, content_id
    WINDOW path AS (PARTITION BY line_id)
),

weighted AS (  -- one row a touchpoint and model
    SELECT
        * EXCLUDE (weights), unnest(map_keys(weights)) AS model,
        unnest(map_values(weights)) AS weight
    FROM (
        SELECT
            *,
            MAP {
                'first_touch': (position = 1)::HUGEINT,
                'last_touch': (position = path_length)::HUGEINT,
                'linear': 1::HUGEINT,
                -- 2^-(age / half-life), relative to the newest so that it starts at 1, in 2^-60
                'time_decay': round(1152921504606846976 * 2 ** (-(
                    epoch_us(path_end) - epoch_us(last_touch_at)
                ) / (getvariable('half_life_days') * 86400e6)))::HUGEINT,
                -- 40 / 20 / 40, as integers over 5 * (path_length - 2)
                'position_based': CASE
                    WHEN path_length <= 2 OR position NOT IN (1, path_length) THEN 1
                    ELSE 2 * (path_length - 2)
                END::HUGEINT
            } AS weights
        FROM touchpoints
    )
),

parts AS (  -- one row a line, model and content with a share in it
    SELECT
        line_id, model, content_id, sum(weight) AS part,
        count(*) AS touchpoints, sum(view_touches) AS view_touches,
        sum(click_touches) AS click_touches, min(first_touch_at) AS first_touch_at,
        max(last_touch_at) AS last_touch_at
    FROM weighted
    GROUP BY line_id, model, content_id
    HAVING sum(weight) > 0
),

quotas AS (  -- the same, with what it gets before the left-over units are dealt out
    SELECT
        parts.*, lines.order_id, lines.product_id, lines.currency, lines.order_day,
        lines.net_revenue < 0 AS is_negative,
        abs(to_minor(lines.net_revenue, lines.currency)) AS units,
        sum(parts.part) OVER (PARTITION BY parts.line_id, parts.model) AS whole,
        units * part // whole AS floor_units,
        units * part % whole AS remainder
    FROM parts
    INNER JOIN staging.live_lines AS lines USING (line_id)
),

dealt AS (  -- the same, with what it gets in the end
    SELECT
        *,
        floor_units + (
            row_number() OVER (PARTITION BY line_id, model ORDER BY remainder DESC, content_id)
            <= units - sum(floor_units) OVER (PARTITION BY line_id, model)
        )::INTEGER AS credit_units
    FROM quotas
)

SELECT
    line_id, order_id, product_id, content_id, model,
    getvariable('window_days') AS window_days,
    from_minor(if(is_negative, -credit_units, credit_units), currency) AS credit,
    part::DOUBLE / whole::DOUBLE AS share,
    currency, touchpoints, view_touches, click_touches, first_touch_at, last_touch_at, order_day,
    'all' AS touch_policy
FROM dealt
ORDER BY order_day, line_id, model, content_id;
