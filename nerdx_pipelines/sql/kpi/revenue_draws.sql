-- Replace the draws by those that were resampled for the earning_contents, in their order.
DELETE FROM attribution.revenue_draws;

INSERT INTO attribution.revenue_draws BY NAME
SELECT earning_contents.content_id, earning_contents.currency, resampled.draws
FROM earning_contents
INNER JOIN resampled USING (number)
ORDER BY ALL;
