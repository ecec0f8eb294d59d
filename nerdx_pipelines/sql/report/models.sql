-- One row: what one model gives to one of the $top contents that earned most under
-- the report's own model. any_touch gives the full amount to each: not comparable.
WITH comparable AS (
    SELECT
        content_id,
        coalesce(nullif(trim(title), ''), content_id) AS title,
        model,
        attributed_revenue,
        revenue_rank
    FROM kpi.model_comparison
    WHERE currency = $currency AND model <> 'any_touch' AND attributed_revenue IS NOT NULL
),

ranked AS (
    SELECT
        content_id,
        row_number() OVER (
            ORDER BY
                max(attributed_revenue) FILTER (WHERE model = $model) DESC NULLS LAST,
                max(attributed_revenue) DESC,
                content_id
        ) AS content_rank
    FROM comparable
    GROUP BY content_id
)

SELECT
    content_id,
    title,
    content_rank,
    model,
    attributed_revenue AS revenue,
    revenue_rank,
    min(attributed_revenue) OVER (PARTITION BY content_id) AS lowest,
    max(attributed_revenue) OVER (PARTITION BY content_id) AS highest,
    min(revenue_rank) OVER (PARTITION BY content_id) AS best_rank,
    max(revenue_rank) OVER (PARTITION BY content_id) AS worst_rank
FROM comparable
INNER JOIN ranked USING (content_id)
WHERE content_rank <= $top
ORDER BY content_rank, model;
