-- One row: a content, and what $model credits it in one currency: the $top best of each
-- currency by revenue. The same figures as cypher/queries/top_content.cypher.
WITH ranked AS (
    SELECT
        credits.content_id, content.title, credits.currency,
        sum(credits.credit)::DECIMAL(18, 4) AS attributed_revenue,
        row_number() OVER (
            PARTITION BY credits.currency
            ORDER BY sum(credits.credit) DESC, credits.content_id
        ) AS place
    FROM attribution.credits
    INNER JOIN staging.content ON credits.content_id = content.content_id
    WHERE
        credits.model = $model
        AND credits.window_days = $window_days
        AND credits.touch_policy = 'all'
    GROUP BY credits.content_id, content.title, credits.currency
)

SELECT content_id, title, currency, attributed_revenue
FROM ranked
WHERE place <= $top
ORDER BY currency, place;
