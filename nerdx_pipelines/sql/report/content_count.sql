-- One row: how many contents there are figures for.
SELECT count(DISTINCT content_id) AS contents
FROM kpi.content_kpis;
