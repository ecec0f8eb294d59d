-- One row a content type and currency. ROI is over the contents whose production cost is known;
-- avg_attribution_revenue is attributed revenue for each content of the type.
DELETE FROM kpi.content_type_kpis;

INSERT INTO kpi.content_type_kpis BY NAME
WITH people AS (  -- one row a content type
    SELECT
        content.content_type,
        count(DISTINCT person(touches.user_id, touches.anonymous_id)) FILTER (
            WHERE touches.touch_type = 'view'
        ) AS unique_viewers,
        count(DISTINCT person(touches.user_id, touches.anonymous_id)) FILTER (
            WHERE touches.touch_type = 'click'
        ) AS unique_clickers
    FROM staging.touches
    INNER JOIN staging.content USING (content_id)
    GROUP BY content.content_type
),

orders AS (  -- one row a content type and currency
    SELECT
        content.content_type, credits.currency, count(DISTINCT credits.order_id) AS conversions
    FROM attribution.credits
    INNER JOIN staging.content USING (content_id)
    WHERE
        credits.model = getvariable('model')
        AND credits.window_days = getvariable('window_days')
        AND credits.touch_policy = 'all'
        AND credits.credit >= 0
    GROUP BY content.content_type, credits.currency
)

SELECT
    kpis.content_type, kpis.currency, count(*) AS contents, sum(kpis.views) AS views,
    sum(kpis.clicks) AS clicks,
    coalesce(any_value(people.unique_viewers), 0) AS unique_viewers,
    coalesce(any_value(people.unique_clickers), 0) AS unique_clickers,
    ratio(sum(kpis.clicks), sum(kpis.views)) AS click_through_rate,
    coalesce(any_value(orders.conversions), 0) AS conversions,
    ratio(coalesce(any_value(orders.conversions), 0), sum(kpis.clicks)) AS conversion_rate,
    sum(kpis.attributed_revenue) AS attributed_revenue,
    round(sum(kpis.attributed_revenue) / count(*), 4) AS avg_attribution_revenue,
    sum(kpis.production_cost) AS production_cost,
    ratio(
        sum(kpis.attributed_revenue) FILTER (WHERE kpis.roi IS NOT NULL),
        sum(kpis.production_cost) FILTER (WHERE kpis.roi IS NOT NULL)
    ) AS roi
FROM kpi.content_kpis AS kpis
LEFT JOIN people ON kpis.content_type IS NOT DISTINCT FROM people.content_type
LEFT JOIN orders
    ON
        kpis.content_type IS NOT DISTINCT FROM orders.content_type
        AND kpis.currency = orders.currency
GROUP BY kpis.content_type, kpis.currency
ORDER BY attributed_revenue DESC, kpis.content_type;
