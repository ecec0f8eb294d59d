-- One row: a content type, the best earner first.
SELECT
    coalesce(nullif(trim(types.content_type), ''), 'no type named') AS content_type,
    types.currency, types.contents, types.views, types.unique_viewers, types.clicks,
    types.unique_clickers, types.click_through_rate, types.conversions, types.buyers,
    types.conversion_rate, types.attributed_revenue, types.attributed_revenue_low,
    types.attributed_revenue_high, types.avg_attribution_revenue, types.production_cost,
    types.roi, types.net_roi, types.net_roi_low, types.net_roi_high,
    coalesce(types.is_small_sample, FALSE) AS is_small_sample
FROM kpi.content_type_kpis AS types
WHERE types.currency = getvariable('currency')::VARCHAR
ORDER BY types.attributed_revenue DESC NULLS LAST, types.content_type;
