-- One row a path and currency of all users' journeys.
SELECT
    path, currency, sum(conversions)::BIGINT AS conversions, sum(units)::BIGINT AS units,
    sum(nulls)::BIGINT AS nulls
FROM journeys
GROUP BY path, currency
ORDER BY path, currency;
