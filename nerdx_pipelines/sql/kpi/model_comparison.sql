-- One row a content, currency and model: does the winner depend on the model?
DELETE FROM kpi.model_comparison;

INSERT INTO kpi.model_comparison BY NAME
WITH revenue AS (
    SELECT content_id, currency, model, sum(credit) AS attributed_revenue
    FROM attribution.credits
    WHERE window_days = getvariable('window_days') AND touch_policy = 'all'
    GROUP BY content_id, currency, model
),

contents AS (  -- a content that only some models credit has 0 in the others
    SELECT DISTINCT content_id, currency
    FROM revenue
),

models AS (
    SELECT DISTINCT model
    FROM revenue
)

SELECT
    contents.content_id, content.title, contents.currency, models.model,
    coalesce(revenue.attributed_revenue, 0) AS attributed_revenue,
    rank() OVER (
        PARTITION BY contents.currency, models.model
        ORDER BY coalesce(revenue.attributed_revenue, 0) DESC
    ) AS revenue_rank,
    models.model <> 'any_touch' AS is_additive
FROM contents
CROSS JOIN models
LEFT JOIN revenue USING (content_id, currency, model)
LEFT JOIN staging.content USING (content_id)
ORDER BY models.model, revenue_rank, contents.content_id;
