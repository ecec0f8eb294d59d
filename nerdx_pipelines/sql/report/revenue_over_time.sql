-- One row: what one content earned in one bin (a day; a week from Monday once the period is
-- longer than getvariable('daily_limit') days) of a page (the whole shop: NULL; or a creator).
-- Contents below the page's first getvariable('series') are one. basis: of the day of the purchase
-- as it stands today (purchase); of the whole shop also by the day that money moved (cash), and of
-- the last touch (accrual), final only once all its buyers' windows are over.
WITH period AS (
    SELECT
        min(day) AS first_day, max(day) AS last_day,
        max(day) - min(day) >= getvariable('daily_limit')::BIGINT AS weekly,
        max(day) FILTER (WHERE is_mature)
        - (SELECT any_value(window_days) FROM kpi.content_kpis) AS last_touched_day
    FROM kpi.content_daily
    WHERE currency = getvariable('currency')::VARCHAR
),

daily AS (
    SELECT
        daily.content_id,
        unnest(['purchase', 'cash', 'accrual']) AS basis,
        unnest([daily.attributed_revenue, daily.cash_revenue, daily.accrual_revenue]) AS revenue,
        unnest([
            coalesce(daily.is_mature, TRUE), coalesce(daily.is_mature, TRUE),
            coalesce(daily.day <= period.last_touched_day, FALSE)
        ]) AS is_mature,
        if(
            period.weekly,
            greatest(date_trunc('week', daily.day)::DATE, period.first_day), daily.day
        ) AS first_day,
        if(
            period.weekly,
            least(date_trunc('week', daily.day)::DATE + 6, period.last_day), daily.day
        ) AS last_day
    FROM kpi.content_daily AS daily
    CROSS JOIN period
    WHERE daily.currency = getvariable('currency')::VARCHAR
),

titles AS (  -- two contents of one title are told apart by id
    SELECT
        content_id, creator, coalesce(nullif(trim(title), ''), content_id) AS named,
        if(count(*) OVER (PARTITION BY named) > 1, format('{} ({})', named, content_id), named)
            AS label
    FROM kpi.content_kpis
    WHERE currency = getvariable('currency')::VARCHAR
),

earned AS (  -- one row a page, basis, content and day
    SELECT
        NULL AS page, daily.basis, daily.content_id, titles.label, daily.first_day,
        daily.last_day, daily.is_mature, daily.revenue
    FROM daily
    LEFT JOIN titles USING (content_id)
    WHERE daily.revenue <> 0
    UNION ALL
    SELECT
        coalesce(titles.creator, '') AS page, daily.basis, daily.content_id, titles.label,
        daily.first_day, daily.last_day, daily.is_mature, daily.revenue
    FROM daily
    LEFT JOIN titles USING (content_id)
    WHERE daily.revenue <> 0 AND daily.basis = 'purchase'
),

ranked AS (
    SELECT
        page, basis, content_id,
        row_number() OVER (
            PARTITION BY page, basis ORDER BY sum(revenue) DESC, content_id
        ) AS place
    FROM earned
    GROUP BY page, basis, content_id
)

SELECT
    earned.page, earned.basis,
    least(ranked.place, getvariable('series')::BIGINT + 1) AS series,
    if(
        series > getvariable('series')::BIGINT,
        'All other content', any_value(coalesce(earned.label, earned.content_id))
    ) AS label,
    earned.first_day, earned.last_day,
    bool_and(earned.is_mature) AS is_mature,
    sum(earned.revenue) AS revenue
FROM earned
INNER JOIN ranked
    ON
        earned.page IS NOT DISTINCT FROM ranked.page
        AND earned.basis = ranked.basis AND earned.content_id = ranked.content_id
GROUP BY earned.page, earned.basis, series, earned.first_day, earned.last_day
ORDER BY earned.page NULLS FIRST, earned.basis DESC, earned.first_day, series;
