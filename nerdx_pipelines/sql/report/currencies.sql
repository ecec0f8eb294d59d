-- One row: a currency that content earned in, the most earned first.
SELECT currency
FROM kpi.content_kpis
WHERE currency IS NOT NULL
GROUP BY currency
ORDER BY sum(attributed_revenue) DESC NULLS LAST, currency;
