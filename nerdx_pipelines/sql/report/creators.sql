-- One row: a creator of the leaderboard, the most revenue per content first.
SELECT
    coalesce(nullif(trim(creator), ''), 'No creator named') AS creator,
    contents,
    attributed_revenue,
    revenue_per_content,
    median_revenue_per_content,
    best_content_type,
    roi
FROM kpi.creator_kpis
WHERE currency = $currency AND revenue_per_content IS NOT NULL
ORDER BY revenue_per_content DESC, attributed_revenue DESC, creator
LIMIT $top;
