-- Add to `journeys` those of one in `sample` users. One row a path and currency: how many lines
-- bought it led to and what they brought in minor units; currency NULL: how often it led to none.
-- A journey is of one known user towards one product: the touches of contents that feature it. It
-- converts by a line of that product within the window, as in the credits; touches before no such
-- line are a journey that did not, until a pause as long as the window.
INSERT INTO journeys BY NAME
WITH exposures AS MATERIALIZED (
    SELECT
        touches.user_id, featured.product_id, featured.number, touches.touched_at,
        touches.touch_type = 'click' AS is_click
    FROM staging.touches
    INNER JOIN featured
        ON
            touches.content_id = featured.content_id
            AND touches.touched_at >= featured.since
            AND touches.touched_at < featured.until
    WHERE
        touches.user_id IS NOT NULL
        AND hash(touches.user_id) % getvariable('sample') = 0
),

lines AS MATERIALIZED (
    SELECT
        line_id, customer_id, product_id, processed_at, currency,
        processed_at - to_hours(24 * getvariable('window_days')) AS window_start,
        to_minor(net_revenue, currency)::BIGINT AS units
    FROM staging.live_lines
    WHERE
        product_id IS NOT NULL
        AND customer_id IS NOT NULL
        AND hash(customer_id) % getvariable('sample') = 0
),

converting AS (
    SELECT
        lines.line_id, lines.currency, lines.units, exposures.* EXCLUDE (user_id, product_id)
    FROM lines
    INNER JOIN exposures
        ON
            lines.customer_id = exposures.user_id
            AND lines.product_id = exposures.product_id
            AND lines.window_start < exposures.touched_at
            AND lines.processed_at >= exposures.touched_at
),

leading_nowhere AS (
    SELECT
        *, count(*) FILTER (
            WHERE touched_at - previous_at >= to_hours(24 * getvariable('window_days'))
        ) OVER (
            PARTITION BY user_id, product_id
            ORDER BY touched_at
            RANGE UNBOUNDED PRECEDING
        ) AS attempt
    FROM (
        SELECT
            exposures.*, lag(touched_at) OVER (
                PARTITION BY user_id, product_id
                ORDER BY touched_at
            ) AS previous_at
        FROM exposures
        ANTI JOIN lines
            ON
                exposures.user_id = lines.customer_id
                AND exposures.product_id = lines.product_id
                AND exposures.touched_at > lines.window_start
                AND exposures.touched_at <= lines.processed_at
        WHERE exposures.touched_at <= getvariable('undecided_since')::TIMESTAMPTZ
    )
),

whole AS (
    SELECT
        any_value(currency) AS currency, any_value(units) AS units,
        list(number ORDER BY touched_at, is_click, number) AS touched
    FROM converting
    GROUP BY line_id
    UNION ALL
    SELECT
        NULL, 0, list(number ORDER BY touched_at, is_click, number)
    FROM leading_nowhere
    GROUP BY user_id, product_id, attempt
),

collapsed AS (
    SELECT
        currency, units,
        if(
            getvariable('collapse') = 'none', touched,
            [one FOR one, i IN touched IF i = 1 OR one <> touched[i - 1]]
        ) AS path
    FROM whole
)

SELECT
    path, currency, count(currency) AS conversions, sum(units)::BIGINT AS units,
    count_if(currency IS NULL) AS nulls
FROM collapsed
GROUP BY path, currency;
