-- One row: a currency that content earned in, the shop's own first.
SELECT content_kpis.currency
FROM kpi.content_kpis
LEFT JOIN kpi.health ON health.metric = 'net_revenue'
WHERE content_kpis.currency IS NOT NULL
GROUP BY content_kpis.currency
ORDER BY
    bool_or(content_kpis.currency = health.note) DESC NULLS LAST,
    sum(content_kpis.conversions) DESC NULLS LAST,
    content_kpis.currency;
