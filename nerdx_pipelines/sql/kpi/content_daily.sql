-- One row a day, content and currency with a touch or money that day: touches on the day they
-- happened, conversions and revenue on the day of the purchase. Beside that the same revenue by
-- the day of the content's last touch (accrual), and as it was sold, with what was taken back on
-- the day that it was (cash).
CREATE OR REPLACE TEMP TABLE content_days AS
SELECT day FROM days_to_do
UNION  -- the days of the touches behind those purchases; one more for the night the clocks change
SELECT
    unnest(
        generate_series(day - getvariable('window_days') - 1, day, INTERVAL 1 DAY)
    )::DATE
FROM days_to_do
UNION  -- and those on which money for such a purchase was given back
SELECT shop_day(created_at)
FROM staging.refunds
WHERE order_day IN (SELECT day FROM days_to_do)
UNION
SELECT shop_day(cancelled_at)
FROM staging.orders
WHERE cancelled_at IS NOT NULL AND order_day IN (SELECT day FROM days_to_do);

DELETE FROM kpi.content_daily
WHERE day IN (SELECT day FROM content_days);

INSERT INTO kpi.content_daily BY NAME
WITH viewers AS (  -- one row a day, content and person (or nobody)
    SELECT
        touch_day AS day, content_id, person(user_id, anonymous_id) AS viewer,
        count(*) FILTER (WHERE touch_type = 'view') AS views,
        count(*) FILTER (WHERE touch_type = 'click') AS clicks
    FROM staging.touches
    WHERE touch_day IN (SELECT day FROM content_days)
    GROUP BY ALL
),

credits AS (  -- one row a line and content whose purchase or last touch was on those days
    SELECT
        order_day, content_id, currency, line_id,
        if(model = getvariable('model'), credit, 0) AS credit,
        if(model = 'linear', order_id, NULL) AS reached_order_id,  -- by any touch
        shop_day(last_touch_at) AS touch_day
    FROM attribution.credits
    WHERE
        order_day BETWEEN (SELECT min(day) FROM content_days)
        AND (SELECT max(day) FROM content_days) + getvariable('window_days') + 1
        AND model IN (getvariable('model'), 'linear')
        AND window_days = getvariable('window_days') AND touch_policy = 'all'
),

reversals AS (
    SELECT * FROM attribution.reversals
    WHERE
        model = getvariable('model') AND window_days = getvariable('window_days')
        AND touch_policy = 'all'
),

entries AS (  -- one row a figure and the day it counts on
    SELECT
        day, content_id, (SELECT currency FROM staging.shop_currency) AS currency,
        sum(views) AS views, sum(clicks) AS clicks,
        count(viewer) FILTER (WHERE views > 0) AS unique_viewers,
        0 AS conversions, 0 AS attributed_revenue, 0 AS accrual_revenue, 0 AS cash_revenue
    FROM viewers
    GROUP BY day, content_id
    UNION ALL
    SELECT
        credits.order_day, credits.content_id, credits.currency, 0, 0, 0,
        count(DISTINCT credits.reached_order_id) FILTER (WHERE lines.net_revenue >= 0),
        sum(credits.credit), 0, sum(credits.credit)
    FROM credits
    INNER JOIN staging.live_lines AS lines USING (line_id)
    GROUP BY credits.order_day, credits.content_id, credits.currency
    UNION ALL
    SELECT touch_day, content_id, currency, 0, 0, 0, 0, 0, sum(credit), 0
    FROM credits
    GROUP BY touch_day, content_id, currency
    UNION ALL
    SELECT order_day, content_id, currency, 0, 0, 0, 0, 0, 0, sum(amount)
    FROM reversals
    GROUP BY order_day, content_id, currency
    UNION ALL
    SELECT reversed_day, content_id, currency, 0, 0, 0, 0, 0, 0, -sum(amount)
    FROM reversals
    GROUP BY reversed_day, content_id, currency
)

SELECT
    day, content_id, currency, sum(views) AS views, sum(clicks) AS clicks,
    sum(unique_viewers) AS unique_viewers, sum(conversions) AS conversions,
    sum(attributed_revenue) AS attributed_revenue,
    -- Touches and refunds of the last days may still be on their way.
    day <= (SELECT max(order_day) FROM staging.orders) - getvariable('lag_days') AS is_mature,
    sum(accrual_revenue) AS accrual_revenue, sum(cash_revenue) AS cash_revenue
FROM entries
WHERE day IN (SELECT day FROM content_days)
GROUP BY day, content_id, currency
-- A free gift that came back is nothing to tell of.
HAVING
    sum(views) + sum(clicks) + sum(conversions) > 0
    OR sum(attributed_revenue) <> 0 OR sum(accrual_revenue) <> 0 OR sum(cash_revenue) <> 0
ORDER BY day, content_id, currency;
