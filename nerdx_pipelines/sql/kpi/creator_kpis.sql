-- One row a creator and currency. ROI is over the contents whose production cost is known.
DELETE FROM kpi.creator_kpis;

INSERT INTO kpi.creator_kpis BY NAME
WITH people AS (  -- one row a creator
    SELECT
        content.creator,
        count(DISTINCT person(touches.user_id, touches.anonymous_id)) AS unique_viewers
    FROM staging.touches
    INNER JOIN staging.content USING (content_id)
    WHERE touches.touch_type = 'view'
    GROUP BY content.creator
),

orders AS (  -- one row a creator and currency
    SELECT
        content.creator, credits.currency, count(DISTINCT credits.order_id) AS conversions
    FROM attribution.credits
    INNER JOIN staging.content USING (content_id)
    WHERE
        credits.model = getvariable('model')
        AND credits.window_days = getvariable('window_days')
        AND credits.touch_policy = 'all'
        AND credits.credit >= 0
    GROUP BY content.creator, credits.currency
),

best_types AS (  -- one row a creator and currency
    SELECT DISTINCT ON (creator, currency) creator, currency, content_type AS best_content_type
    FROM (
        SELECT creator, currency, content_type, avg(attributed_revenue) AS revenue
        FROM kpi.content_kpis
        GROUP BY creator, currency, content_type
    )
    ORDER BY creator, currency, revenue DESC, content_type
)

SELECT
    kpis.creator, kpis.currency, count(*) AS contents, sum(kpis.views) AS views,
    sum(kpis.clicks) AS clicks,
    coalesce(any_value(people.unique_viewers), 0) AS unique_viewers,
    coalesce(any_value(orders.conversions), 0) AS conversions,
    sum(kpis.attributed_revenue) AS attributed_revenue,
    sum(kpis.production_cost) AS production_cost,
    ratio(
        sum(kpis.attributed_revenue) FILTER (WHERE kpis.roi IS NOT NULL),
        sum(kpis.production_cost) FILTER (WHERE kpis.roi IS NOT NULL)
    ) AS roi,
    round(sum(kpis.attributed_revenue) / count(*), 4) AS revenue_per_content,
    quantile_cont(kpis.attributed_revenue, 0.5) AS median_revenue_per_content,
    any_value(best_types.best_content_type) AS best_content_type
FROM kpi.content_kpis AS kpis
LEFT JOIN people ON kpis.creator IS NOT DISTINCT FROM people.creator
LEFT JOIN orders
    ON
        kpis.creator IS NOT DISTINCT FROM orders.creator
        AND kpis.currency = orders.currency
LEFT JOIN best_types
    ON
        kpis.creator IS NOT DISTINCT FROM best_types.creator
        AND kpis.currency = best_types.currency
GROUP BY kpis.creator, kpis.currency
ORDER BY attributed_revenue DESC, kpis.creator;
