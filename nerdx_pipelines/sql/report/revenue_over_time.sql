-- One row: what one content earned in one bin (a day; a week from Monday once the period is
-- longer than getvariable('daily_limit') days) of a page (the whole shop: NULL; or a creator).
-- Contents below the page's first getvariable('series') are one.
WITH period AS (
    SELECT
        min(day) AS first_day, max(day) AS last_day,
        max(day) - min(day) >= getvariable('daily_limit')::BIGINT AS weekly
    FROM kpi.content_daily
    WHERE currency = getvariable('currency')::VARCHAR
),

daily AS (
    SELECT
        daily.content_id, daily.attributed_revenue,
        coalesce(daily.is_mature, TRUE) AS is_mature,
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
    WHERE daily.currency = getvariable('currency')::VARCHAR AND daily.attributed_revenue <> 0
),

titles AS (  -- two contents of one title are told apart by id
    SELECT
        content_id, creator, coalesce(nullif(trim(title), ''), content_id) AS named,
        if(count(*) OVER (PARTITION BY named) > 1, format('{} ({})', named, content_id), named)
            AS label
    FROM kpi.content_kpis
    WHERE currency = getvariable('currency')::VARCHAR
),

earned AS (  -- one row a page, content and bin
    SELECT
        unnest([NULL, coalesce(titles.creator, '')]) AS page, daily.content_id,
        titles.label, daily.first_day, daily.last_day, daily.is_mature, daily.attributed_revenue
    FROM daily
    LEFT JOIN titles USING (content_id)
),

ranked AS (
    SELECT
        page, content_id,
        row_number() OVER (
            PARTITION BY page ORDER BY sum(attributed_revenue) DESC, content_id
        ) AS place
    FROM earned
    GROUP BY page, content_id
)

SELECT
    earned.page,
    least(ranked.place, getvariable('series')::BIGINT + 1) AS series,
    if(
        series > getvariable('series')::BIGINT,
        'All other content', any_value(coalesce(earned.label, earned.content_id))
    ) AS label,
    earned.first_day, earned.last_day,
    bool_and(earned.is_mature) AS is_mature,
    sum(earned.attributed_revenue) AS revenue
FROM earned
INNER JOIN ranked
    ON earned.page IS NOT DISTINCT FROM ranked.page AND earned.content_id = ranked.content_id
GROUP BY earned.page, series, earned.first_day, earned.last_day
ORDER BY earned.page NULLS FIRST, earned.first_day, series;
