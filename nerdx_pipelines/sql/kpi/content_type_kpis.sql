-- One row a content type and currency. ROI is over the contents whose production cost is known;
-- avg_attribution_revenue is attributed revenue for each content of the type.
DELETE FROM kpi.content_type_kpis;

INSERT INTO kpi.content_type_kpis BY NAME
WITH people AS (  -- one row a content type
    SELECT
        content_type,
        count(viewer) FILTER (WHERE has_viewed) AS unique_viewers,
        count(viewer) FILTER (WHERE has_clicked) AS unique_clickers
    FROM (
        SELECT
            content.content_type, person(touches.user_id, touches.anonymous_id) AS viewer,
            bool_or(touches.touch_type = 'view') AS has_viewed,
            bool_or(touches.touch_type = 'click') AS has_clicked
        FROM staging.touches
        INNER JOIN staging.content USING (content_id)
        WHERE viewer IS NOT NULL
        GROUP BY ALL
    )
    GROUP BY content_type
),

bought AS (  -- one row a content type and currency
    SELECT
        content.content_type, credits.currency,
        count(DISTINCT credits.order_id) AS conversions,
        count(DISTINCT lines.customer_id) AS buyers
    FROM attribution.credits
    INNER JOIN staging.content USING (content_id)
    INNER JOIN staging.live_lines AS lines USING (line_id)
    WHERE
        credits.model = 'linear' AND credits.window_days = getvariable('window_days')
        AND credits.touch_policy = 'all' AND lines.net_revenue >= 0
    GROUP BY content.content_type, credits.currency
),

draws AS (  -- one row a content type, currency and resample
    SELECT
        content_type, currency, draw,
        sum(revenue) AS revenue,
        exact_sum(if(net_roi IS NULL, NULL, revenue * margin)) AS profit
    FROM (
        SELECT
            kpis.content_type, kpis.currency, kpis.margin, kpis.net_roi,
            unnest(draws.draws) AS revenue, unnest(range(len(draws.draws))) AS draw
        FROM kpi.content_kpis AS kpis
        INNER JOIN attribution.revenue_draws AS draws USING (content_id, currency)
    )
    GROUP BY content_type, currency, draw
),

intervals AS (  -- one row a content type and currency
    SELECT
        content_type, currency,
        from_minor(round(quantile_cont(revenue::DOUBLE, 0.025)), currency) AS revenue_low,
        from_minor(round(quantile_cont(revenue::DOUBLE, 0.975)), currency) AS revenue_high,
        from_minor(round(quantile_cont(coalesce(profit, 0), 0.025)), currency) AS profit_low,
        from_minor(round(quantile_cont(coalesce(profit, 0), 0.975)), currency) AS profit_high
    FROM draws
    GROUP BY content_type, currency
),

contents AS (  -- one row a content type and currency: its contents' figures put together
    SELECT
        content_type, currency, count(content_id) AS contents,
        sum(views)::BIGINT AS views, sum(clicks)::BIGINT AS clicks,
        sum(attributed_revenue) AS attributed_revenue,
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
    GROUP BY content_type, currency
)

SELECT
    contents.content_type, contents.currency, contents.contents, contents.views, contents.clicks,
    coalesce(people.unique_viewers, 0) AS unique_viewers,
    coalesce(people.unique_clickers, 0) AS unique_clickers,
    ratio(contents.clicks, contents.views) AS click_through_rate,
    coalesce(bought.conversions, 0) AS conversions,
    ratio(coalesce(bought.conversions, 0), contents.clicks) AS conversion_rate,
    contents.attributed_revenue,
    round(contents.attributed_revenue / contents.contents, 4) AS avg_attribution_revenue,
    contents.production_cost,
    ratio(contents.costed_revenue, contents.cost) AS roi,
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
LEFT JOIN people ON contents.content_type IS NOT DISTINCT FROM people.content_type
LEFT JOIN bought
    ON
        contents.content_type IS NOT DISTINCT FROM bought.content_type
        AND contents.currency = bought.currency
LEFT JOIN intervals
    ON
        contents.content_type IS NOT DISTINCT FROM intervals.content_type
        AND contents.currency = intervals.currency
ORDER BY contents.attributed_revenue DESC, contents.content_type;
