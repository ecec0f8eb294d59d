-- One row: what one model gives to one of the getvariable('compared') contents of a page (of the
-- whole shop: NULL; or of a creator) that earned most under the report's own model. Models whose
-- contents do not add up (any touch) are not comparable. The interval is of the own model.
WITH comparable AS (
    SELECT
        models.content_id, models.model, models.attributed_revenue, models.revenue_rank,
        kpis.creator, coalesce(nullif(trim(models.title), ''), models.content_id) AS title,
        if(models.model = kpis.model, kpis.attributed_revenue_low, NULL) AS low,
        if(models.model = kpis.model, kpis.attributed_revenue_high, NULL) AS high,
        coalesce(models.model = kpis.model, FALSE) AS is_own
    FROM kpi.model_comparison AS models
    LEFT JOIN kpi.content_kpis AS kpis
        ON models.content_id = kpis.content_id AND models.currency = kpis.currency
    WHERE
        models.currency = getvariable('currency')::VARCHAR
        AND coalesce(models.is_additive, models.model <> 'any_touch')
        AND models.attributed_revenue IS NOT NULL
),

pages AS (
    SELECT unnest([NULL, coalesce(creator, '')]) AS page, *
    FROM comparable
),

ranked AS (
    SELECT
        page, content_id,
        row_number() OVER (
            PARTITION BY page
            ORDER BY
                max(attributed_revenue) FILTER (WHERE is_own) DESC NULLS LAST,
                max(attributed_revenue) DESC,
                content_id
        ) AS place,
        if(
            count(*) OVER (PARTITION BY page, any_value(title)) > 1,
            format('{} ({})', any_value(title), content_id), any_value(title)
        ) AS label
    FROM pages
    GROUP BY page, content_id
)

SELECT
    pages.page, ranked.place, ranked.label, replace(pages.model, '_', ' ') AS model,
    pages.is_own, pages.attributed_revenue AS revenue, pages.revenue_rank, pages.low, pages.high
FROM pages
INNER JOIN ranked
    ON pages.page IS NOT DISTINCT FROM ranked.page AND pages.content_id = ranked.content_id
WHERE ranked.place <= getvariable('compared')::BIGINT
ORDER BY pages.page NULLS FIRST, ranked.place, pages.is_own DESC, pages.model;
