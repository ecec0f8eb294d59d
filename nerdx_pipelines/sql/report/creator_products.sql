-- One row: a creator and one of the getvariable('paths') products that their content sold most of
-- (then: that was seen most in it).
SELECT
    coalesce(kpis.creator, '') AS creator,
    coalesce(nullif(trim(any_value(pairs.product_title)), ''), pairs.product_id::VARCHAR)
        AS product,
    count(*) AS contents, sum(pairs.impressions) AS impressions,
    sum(pairs.attributed_revenue) AS attributed_revenue, any_value(pairs.currency) AS currency
FROM kpi.product_content AS pairs
INNER JOIN kpi.content_kpis AS kpis
    ON pairs.content_id = kpis.content_id AND pairs.currency = kpis.currency
WHERE pairs.currency = getvariable('currency')::VARCHAR
GROUP BY kpis.creator, pairs.product_id
QUALIFY
    row_number() OVER (
        PARTITION BY kpis.creator
        ORDER BY
            sum(pairs.attributed_revenue) DESC, sum(pairs.impressions) DESC, pairs.product_id
    ) <= getvariable('paths')::BIGINT
ORDER BY creator, attributed_revenue DESC, impressions DESC, product;
