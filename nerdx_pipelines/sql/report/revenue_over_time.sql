-- One row: what one content earned in one bin (a day; a week from Monday once the
-- period is longer than $daily_limit days). Contents below the first $top are one.
-- stacked: its revenue and that of the better earners below it in the bar.
WITH daily AS (
    SELECT day, content_id, attributed_revenue, coalesce(is_mature, TRUE) AS is_mature
    FROM kpi.content_daily
    WHERE currency = $currency AND attributed_revenue <> 0
),

period AS (
    SELECT min(day) AS first_day, max(day) AS last_day
    FROM kpi.content_daily
    WHERE currency = $currency
),

titles AS (
    SELECT content_id, any_value(title) AS title FROM kpi.content_kpis GROUP BY content_id
),

ranked AS (
    SELECT
        content_id,
        row_number() OVER (ORDER BY sum(attributed_revenue) DESC, content_id) AS content_rank
    FROM daily
    GROUP BY content_id
),

binned AS (
    SELECT
        daily.*,
        period.*,
        least(ranked.content_rank, $top + 1) AS series,
        last_day - first_day >= $daily_limit AS weekly,
        if(weekly, greatest(date_trunc('week', day)::DATE, first_day), day) AS bin_start,
        if(weekly, least(date_trunc('week', day)::DATE + 6, last_day), day) AS bin_end
    FROM daily
    INNER JOIN ranked USING (content_id)
    CROSS JOIN period
)

SELECT
    series,
    if(series > $top, NULL, any_value(content_id)) AS content_id,
    if(
        series > $top, NULL, coalesce(nullif(trim(any_value(title)), ''), any_value(content_id))
    ) AS title,
    first_day,
    last_day,
    weekly,
    bin_start,
    bin_end,
    bool_and(is_mature) AS is_mature,
    sum(attributed_revenue) AS revenue,
    sum(sum(attributed_revenue)) OVER (PARTITION BY bin_start ORDER BY series) AS stacked
FROM binned
LEFT JOIN titles USING (content_id)
GROUP BY series, first_day, last_day, weekly, bin_start, bin_end
ORDER BY bin_start, series;
