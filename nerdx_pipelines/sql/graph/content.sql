-- One row: a content of the catalogue with its figures.
WITH figures AS (
    SELECT
        *,
        sum(conversions) OVER (PARTITION BY content_id) AS all_conversions
    FROM kpi.content_kpis
),

-- Amounts of two currencies cannot be added: the one with most conversions counts.
main_figures AS (
    SELECT DISTINCT ON (content_id) *
    FROM figures
    ORDER BY content_id ASC, conversions DESC, currency ASC
)

SELECT
    content.content_id,
    content.title,
    content.content_type,
    content.creator,
    iso(content.published_at) AS published_at,
    coalesce(main_figures.views, 0) AS views,
    coalesce(main_figures.clicks, 0) AS clicks,
    coalesce(main_figures.all_conversions, 0)::BIGINT AS conversions,
    ratio(main_figures.all_conversions, main_figures.clicks) AS conversion_rate,
    coalesce(main_figures.attributed_revenue, 0)::DOUBLE AS attributed_revenue,
    main_figures.currency,
    main_figures.engagement_score
FROM staging.content
LEFT JOIN main_figures ON content.content_id = main_figures.content_id
