-- One row: a content, the best earner first; of very many the first getvariable('listed').
SELECT
    kpis.content_id,
    coalesce(nullif(trim(kpis.title), ''), kpis.content_id) AS title,
    kpis.content_type,
    coalesce(kpis.creator, '') AS creator,
    kpis.published_at::DATE AS published_on,
    kpis.currency,
    kpis.views, kpis.unique_viewers, kpis.clicks, kpis.unique_clickers,
    kpis.click_through_rate, kpis.unique_click_through_rate,
    kpis.conversions, kpis.fractional_orders, kpis.buyers,
    kpis.conversion_rate, kpis.click_conversion,
    kpis.viewer_conversion, kpis.shrunken_viewer_conversion,
    kpis.attributed_revenue, kpis.attributed_revenue_low, kpis.attributed_revenue_high,
    kpis.click_through_revenue, kpis.view_through_revenue, kpis.influenced_revenue,
    kpis.production_cost, kpis.roi, kpis.margin,
    kpis.net_roi, kpis.net_roi_low, kpis.net_roi_high,
    kpis.engagement_score,
    coalesce(kpis.is_mature, TRUE) AS is_mature,
    coalesce(kpis.is_small_sample, FALSE) AS is_small_sample
FROM kpi.content_kpis AS kpis
WHERE kpis.currency IS NULL OR kpis.currency = getvariable('currency')::VARCHAR
ORDER BY
    kpis.attributed_revenue DESC NULLS LAST, kpis.views DESC NULLS LAST, kpis.content_id
LIMIT getvariable('listed')::BIGINT;
