-- One row: a figure for the whole shop, in its own currency, as published.
SELECT metric, value, note
FROM kpi.platform_kpis
ORDER BY rowid;
