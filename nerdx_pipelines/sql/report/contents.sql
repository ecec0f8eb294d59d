-- One row: a content of the table, the best earner first. Content that earned
-- nothing has no currency; it is shown when there is room.
SELECT
    content_id,
    coalesce(nullif(trim(title), ''), content_id) AS title,
    content_type,
    creator,
    published_at,
    views,
    clicks,
    conversions,
    attributed_revenue,
    roi,
    coalesce(is_mature, TRUE) AS is_mature,
    count(*) OVER () AS contents
FROM kpi.content_kpis
WHERE currency IS NULL OR currency = $currency
ORDER BY attributed_revenue DESC NULLS LAST, views DESC NULLS LAST, content_id
LIMIT $top;
