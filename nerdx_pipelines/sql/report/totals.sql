-- One row: how many rows there are of what the report may be too small for.
SELECT
    (
        SELECT count(*) FROM kpi.content_kpis
        WHERE currency IS NULL OR currency = getvariable('currency')::VARCHAR
    ) AS contents,
    (
        SELECT count(*) FROM kpi.creator_kpis
        WHERE currency = getvariable('currency')::VARCHAR
    ) AS creators;
