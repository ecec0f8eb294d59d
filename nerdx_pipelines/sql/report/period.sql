-- One row: the days the figures cover, and how credit was given.
SELECT
    min(days.day) AS first_day,
    max(days.day) AS last_day,
    (SELECT any_value(model) FROM kpi.content_kpis) AS model,
    (SELECT any_value(window_days) FROM kpi.content_kpis) AS window_days
FROM (
    SELECT day FROM kpi.daily_sales
    UNION ALL
    SELECT day FROM kpi.content_daily
) AS days;
