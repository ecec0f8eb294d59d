-- What a resampling of users needs. One row a content, currency and buyer in revenue_by_user: what
-- the content earned with them, in minor units; contents are numbered from 0 in earning_contents.
CREATE OR REPLACE TEMP TABLE earning_contents AS
SELECT
    content_id, currency,
    row_number() OVER (ORDER BY content_id, currency) - 1 AS number
FROM attribution.credits
WHERE
    model = getvariable('model') AND window_days = getvariable('window_days')
    AND touch_policy = 'all'
GROUP BY content_id, currency;

CREATE OR REPLACE TEMP TABLE revenue_by_user AS
SELECT
    earning_contents.number AS content, lines.customer_id AS buyer,
    sum(to_minor(credits.credit, credits.currency))::BIGINT AS revenue
FROM attribution.credits
INNER JOIN staging.live_lines AS lines USING (line_id)
INNER JOIN earning_contents
    ON
        credits.content_id = earning_contents.content_id
        AND credits.currency = earning_contents.currency
WHERE
    credits.model = getvariable('model') AND credits.window_days = getvariable('window_days')
    AND credits.touch_policy = 'all'
GROUP BY earning_contents.number, lines.customer_id
ORDER BY content, buyer;
