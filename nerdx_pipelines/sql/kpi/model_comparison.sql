-- One row a content, currency and model: does the winner depend on the model? Markov's removal
-- effect of order 1 stands beside the rules; it says nothing of contents that it puts together.
DELETE FROM kpi.model_comparison;

INSERT INTO kpi.model_comparison BY NAME
WITH revenue AS (
    SELECT content_id, currency, model, sum(credit) AS attributed_revenue
    FROM attribution.credits
    WHERE window_days = getvariable('window_days') AND touch_policy = 'all'
    GROUP BY content_id, currency, model
),

contents AS (
    SELECT DISTINCT content_id, currency
    FROM revenue
),

models AS (
    SELECT DISTINCT model
    FROM revenue
),

figures AS (  -- a content that only some rules credit has 0 by the others
    SELECT
        contents.content_id, contents.currency, models.model,
        coalesce(revenue.attributed_revenue, 0) AS attributed_revenue
    FROM contents
    CROSS JOIN models
    LEFT JOIN revenue USING (content_id, currency, model)
    UNION ALL
    SELECT contents.content_id, contents.currency, data_driven.model, data_driven.value
    FROM contents
    INNER JOIN attribution.data_driven
        ON
            contents.content_id = data_driven.channel
            AND contents.currency = data_driven.currency
    WHERE
        data_driven.level = 'content' AND data_driven.model = 'markov'
        AND data_driven.markov_order = 1
        AND data_driven.window_days = getvariable('window_days')
)

SELECT
    figures.content_id, content.title, figures.currency, figures.model,
    figures.attributed_revenue,
    if(
        figures.attributed_revenue IS NULL, NULL,
        rank() OVER (
            PARTITION BY figures.currency, figures.model
            ORDER BY figures.attributed_revenue DESC NULLS LAST
        )
    ) AS revenue_rank,
    figures.model <> 'any_touch' AS is_additive
FROM figures
LEFT JOIN staging.content USING (content_id)
ORDER BY figures.model, revenue_rank, figures.content_id;
