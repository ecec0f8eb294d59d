-- One row a currency: lines that content has part in, and what they are worth in minor units. What
-- the models divide.
SELECT
    currency, count(DISTINCT line_id) AS conversions,
    sum(to_minor(credit, currency))::BIGINT AS units
FROM attribution.credits
WHERE
    model = 'linear' AND window_days = getvariable('window_days') AND touch_policy = 'all'
GROUP BY currency
ORDER BY currency;
