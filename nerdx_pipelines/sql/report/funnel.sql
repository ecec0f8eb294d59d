-- One row: a content type, or one of the getvariable('compared') most seen contents of a page (of
-- the whole shop: page NULL; or of a creator), with what became of its viewers.
WITH types AS (
    SELECT
        NULL AS page, 'type' AS level,
        coalesce(nullif(trim(content_type), ''), 'no type named') AS label,
        unique_viewers, unique_clickers, buyers, attributed_revenue
    FROM kpi.content_type_kpis
    WHERE currency = getvariable('currency')::VARCHAR AND unique_viewers > 0
),

seen AS (
    SELECT
        unnest([NULL, coalesce(creator, '')]) AS page, 'content' AS level,
        coalesce(nullif(trim(title), ''), content_id) AS label,
        unique_viewers, unique_clickers, buyers, attributed_revenue
    FROM kpi.content_kpis
    WHERE currency = getvariable('currency')::VARCHAR AND unique_viewers > 0
),

ranked AS (
    SELECT *
    FROM types
    UNION ALL
    SELECT *
    FROM seen
)

SELECT
    page, level, label, unique_viewers, unique_clickers, buyers, attributed_revenue,
    row_number() OVER (PARTITION BY page, level ORDER BY unique_viewers DESC, label) AS place
FROM ranked
QUALIFY place <= getvariable('compared')::BIGINT
ORDER BY page NULLS FIRST, level, place;
