-- One row: a creator of the leaderboard, the most revenue a post first.
SELECT
    row_number() OVER (
        ORDER BY
            creators.revenue_per_content DESC NULLS LAST,
            creators.attributed_revenue DESC NULLS LAST,
            creators.creator
    ) AS place,
    coalesce(creators.creator, '') AS creator,
    creators.currency, creators.contents, creators.views, creators.unique_viewers,
    creators.clicks, creators.conversions, creators.buyers,
    creators.attributed_revenue, creators.attributed_revenue_low,
    creators.attributed_revenue_high, creators.revenue_per_content,
    creators.median_revenue_per_content, creators.production_cost, creators.roi,
    creators.net_roi, creators.net_roi_low, creators.net_roi_high,
    creators.best_content_type,
    coalesce(creators.is_small_sample, FALSE) AS is_small_sample
FROM kpi.creator_kpis AS creators
WHERE creators.currency = getvariable('currency')::VARCHAR
ORDER BY place
LIMIT getvariable('listed')::BIGINT;
