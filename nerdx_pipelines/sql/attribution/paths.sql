-- One row a line and content of its path, within credit_window and by the touch_policy, with what
-- the models need to know: counts and weights are integers, so that no sum depends on an order.
CREATE OR REPLACE TEMP TABLE paths AS
WITH in_window AS (
    SELECT line_id, content_id, touched_at, is_click
    FROM eligible_touches
    WHERE processed_at - to_hours(24 * getvariable('credit_window')) < touched_at
),

chosen AS (
    FROM in_window
    WHERE
        CASE getvariable('touch_policy')
            WHEN 'all' THEN TRUE
            WHEN 'click_only' THEN is_click
            WHEN 'click_first' THEN
                is_click
                OR line_id NOT IN (
                    SELECT clicked.line_id FROM in_window AS clicked
                    WHERE clicked.is_click
                )
        END
),

steps AS (  -- one row a touch
    SELECT
        *,
        (
            getvariable('collapse') = 'none'
            OR content_id IS DISTINCT FROM (lag(content_id) OVER path)
        ) AS is_new,
        (lag(line_id) OVER path) IS NULL AS opens,
        (lead(line_id) OVER path) IS NULL AS closes,
        last_value(touched_at) OVER (
            path ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS path_end
    FROM chosen
    WINDOW path AS (PARTITION BY line_id ORDER BY touched_at, is_click, content_id)
),

numbered AS (  -- the same, with the number of the touchpoint it belongs to
    SELECT
        *,
        sum(is_new::INTEGER) OVER (
            PARTITION BY line_id ORDER BY touched_at, is_click, content_id
            ROWS UNBOUNDED PRECEDING
        ) AS position
    FROM steps
),

touchpoints AS (  -- one row a touchpoint: consecutive touches of one content
    SELECT
        line_id, content_id,
        min(touched_at) AS first_touch_at, max(touched_at) AS last_touch_at,
        count(*) FILTER (WHERE NOT is_click) AS view_touches,
        count(*) FILTER (WHERE is_click) AS click_touches,
        bool_or(opens)::INTEGER AS opens, bool_or(closes)::INTEGER AS closes,
        bool_or(is_click)::INTEGER AS is_clicked,
        -- 2^-(age / half-life), relative to the newest so that it starts at 1, in 2^-60
        round(1152921504606846976 * 2 ** (-(
            epoch_us(any_value(path_end)) - epoch_us(max(touched_at))
        ) / (getvariable('half_life_days') * 86400e6)))::BIGINT AS decay
    FROM numbered
    GROUP BY line_id, position, content_id
),

contents AS (
    SELECT
        line_id, content_id,
        min(first_touch_at) AS first_touch_at, max(last_touch_at) AS last_touch_at,
        sum(view_touches)::INTEGER AS view_touches, sum(click_touches)::INTEGER AS click_touches,
        count(*) AS touchpoints, sum(is_clicked)::BIGINT AS clicked,
        -- whether it has the first and the last touchpoint, and whether that has a click
        max(opens)::BIGINT AS opens, max(opens * is_clicked)::BIGINT AS opens_clicked,
        max(closes)::BIGINT AS closes, max(closes * is_clicked)::BIGINT AS closes_clicked,
        sum(decay) AS decay, sum(decay * is_clicked) AS decay_clicked
    FROM touchpoints
    GROUP BY line_id, content_id
)

SELECT
    *,
    -- 40 / 20 / 40, as integers over 5 * (length - 2)
    (sum(touchpoints) OVER line)::BIGINT AS length,
    if(length > 2, 2 * length - 5, 0) AS surplus,  -- of an end over a touchpoint between
    touchpoints + surplus * (opens + closes) AS position_part,
    clicked + surplus * (opens_clicked + closes_clicked) AS position_clicked,
    if(length > 2, 5 * (length - 2), length) AS position_whole,
    sum(decay) OVER line AS decay_whole,
    count(*) OVER line AS contents,
    row_number() OVER (line ORDER BY content_id) AS content_rank
FROM contents
WINDOW line AS (PARTITION BY line_id);
