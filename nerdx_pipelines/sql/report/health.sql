-- One row: a health figure, as published.
SELECT metric, value, note FROM kpi.health ORDER BY metric;
