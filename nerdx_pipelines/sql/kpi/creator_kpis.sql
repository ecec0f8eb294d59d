-- One row a creator and currency. ROI is over the contents whose production cost is known;
-- revenue_per_content is attributed revenue for each post published.
DELETE FROM kpi.creator_kpis;

INSERT INTO kpi.creator_kpis BY NAME
WITH people AS (  -- one row a creator
    SELECT creator, count(viewer) AS unique_viewers
    FROM (
        SELECT DISTINCT
            content.creator, person(touches.user_id, touches.anonymous_id) AS viewer
        FROM staging.touches
        INNER JOIN staging.content USING (content_id)
        WHERE
            touches.touch_type = 'view'
            AND viewer IS NOT NULL
    )
    GROUP BY creator
),

bought AS (  -- one row a creator and currency
    SELECT
        content.creator, credits.currency,
        count(DISTINCT credits.order_id) AS conversions,
        count(DISTINCT lines.customer_id) AS buyers
    FROM attribution.credits
    INNER JOIN staging.content USING (content_id)
    INNER JOIN staging.live_lines AS lines USING (line_id)
    WHERE
        credits.model = 'linear' AND credits.window_days = getvariable('window_days')
        AND credits.touch_policy = 'all' AND lines.net_revenue >= 0
    GROUP BY content.creator, credits.currency
),

draws AS (  -- one row a creator, currency and resample
    SELECT
        creator, currency, draw,
        sum(revenue) AS revenue,
        exact_sum(if(net_roi IS NULL, NULL, revenue * margin)) AS profit
    FROM (
        SELECT
            kpis.creator, kpis.currency, kpis.margin, kpis.net_roi,
            unnest(draws.draws) AS revenue, unnest(range(len(draws.draws))) AS draw
        FROM kpi.content_kpis AS kpis
        INNER JOIN attribution.revenue_draws AS draws USING (content_id, currency)
    )
    GROUP BY creator, currency, draw
),

intervals AS (  -- one row a creator and currency
    SELECT
        creator, currency,
        from_minor(round(quantile_cont(revenue::DOUBLE, 0.025)), currency) AS revenue_low,
        from_minor(round(quantile_cont(revenue::DOUBLE, 0.975)), currency) AS revenue_high,
        from_minor(round(quantile_cont(coalesce(profit, 0), 0.025)), currency) AS profit_low,
        from_minor(round(quantile_cont(coalesce(profit, 0), 0.975)), currency) AS profit_high
    FROM draws
    GROUP BY creator, currency
),

contents AS (  -- one row a creator and currency: its contents' figures put together
    SELECT
        creator, currency, count(content_id) AS contents,
        sum(views)::BIGINT AS views, sum(clicks)::BIGINT AS clicks,
        sum(attributed_revenue) AS attributed_revenue,
        quantile_cont(attributed_revenue, 0.5) AS median_revenue_per_content,
        sum(production_cost) AS production_cost,
        sum(attributed_revenue) FILTER (WHERE roi IS NOT NULL) AS costed_revenue,
        sum(production_cost) FILTER (WHERE roi IS NOT NULL) AS cost,
        -- Without the margin of one of them, the others' profit would stand for all.
        if(
            bool_and(roi IS NULL OR net_roi IS NOT NULL),
            coalesce(exact_sum(if(net_roi IS NULL, NULL, attributed_revenue * margin)), 0),
            NULL
        ) AS profit
    FROM kpi.content_kpis
    GROUP BY creator, currency
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
    contents.creator, contents.currency, contents.contents, contents.views, contents.clicks,
    coalesce(people.unique_viewers, 0) AS unique_viewers,
    coalesce(bought.conversions, 0) AS conversions,
    contents.attributed_revenue,
    contents.production_cost,
    ratio(contents.costed_revenue, contents.cost) AS roi,
    round(contents.attributed_revenue / contents.contents, 4) AS revenue_per_content,
    contents.median_revenue_per_content, best_types.best_content_type,
    coalesce(bought.buyers, 0) AS buyers,
    coalesce(intervals.revenue_low, 0) AS attributed_revenue_low,
    coalesce(intervals.revenue_high, 0) AS attributed_revenue_high,
    ratio(contents.profit - contents.cost, contents.cost) AS net_roi,
    ratio(
        if(contents.profit IS NULL, NULL, coalesce(intervals.profit_low, 0)) - contents.cost,
        contents.cost
    ) AS net_roi_low,
    ratio(
        if(contents.profit IS NULL, NULL, coalesce(intervals.profit_high, 0)) - contents.cost,
        contents.cost
    ) AS net_roi_high,
    is_small_sample(coalesce(people.unique_viewers, 0), coalesce(bought.buyers, 0))
        AS is_small_sample
FROM contents
LEFT JOIN people ON contents.creator IS NOT DISTINCT FROM people.creator
LEFT JOIN bought
    ON
        contents.creator IS NOT DISTINCT FROM bought.creator
        AND contents.currency = bought.currency
LEFT JOIN intervals
    ON
        contents.creator IS NOT DISTINCT FROM intervals.creator
        AND contents.currency = intervals.currency
LEFT JOIN best_types
    ON
        contents.creator IS NOT DISTINCT FROM best_types.creator
        AND contents.currency = best_types.currency
ORDER BY contents.attributed_revenue DESC, contents.creator;
