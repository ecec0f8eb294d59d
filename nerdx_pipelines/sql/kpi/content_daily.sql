-- One row a day, content and currency with a touch or a credit that day: touches on the day they
-- happened, conversions and revenue on the day of the purchase.
DELETE FROM kpi.content_daily
WHERE day IN (SELECT day FROM days_to_do);

INSERT INTO kpi.content_daily BY NAME
WITH touched AS (  -- one row a day and content
    SELECT
        touch_day AS day, content_id, (SELECT currency FROM staging.shop_currency) AS currency,
        count(DISTINCT event_id) FILTER (WHERE touch_type = 'view') AS views,
        count(DISTINCT event_id) FILTER (WHERE touch_type = 'click') AS clicks,
        count(DISTINCT person(user_id, anonymous_id)) FILTER (WHERE touch_type = 'view')
            AS unique_viewers
    FROM staging.touches
    WHERE touch_day IN (SELECT day FROM days_to_do)
    GROUP BY touch_day, content_id
),

sold AS (  -- one row a day, content and currency
    SELECT
        order_day AS day, content_id, currency,
        count(DISTINCT order_id) AS conversions, sum(credit) AS attributed_revenue
    FROM attribution.credits
    WHERE
        order_day IN (SELECT day FROM days_to_do)
        AND model = getvariable('model')
        AND window_days = getvariable('window_days')
        AND touch_policy = 'all'
    GROUP BY order_day, content_id, currency
)

SELECT
    day, content_id, currency,
    coalesce(views, 0) AS views,
    coalesce(clicks, 0) AS clicks,
    coalesce(unique_viewers, 0) AS unique_viewers,
    coalesce(conversions, 0) AS conversions,
    coalesce(attributed_revenue, 0) AS attributed_revenue,
    -- Touches and refunds of the last days may still be on their way.
    day <= (SELECT max(order_day) FROM staging.orders) - getvariable('lag_days') AS is_mature
FROM touched
FULL JOIN sold USING (day, content_id, currency)
ORDER BY day, content_id, currency;
