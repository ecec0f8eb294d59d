-- How well each content sells to who is known, for the content slot. A conversion is the largest
-- part that the model chosen (`Weights.model`) gives the content in a line that its viewer bought
-- and kept: this is where attribution enters recommendations, and nowhere else.

-- One row: a content and a person who viewed it long enough ago to have bought.
CREATE OR REPLACE TEMP TABLE matured_viewers AS
SELECT content_id, user_id
FROM known_touches
WHERE touch_type = 'view'
GROUP BY content_id, user_id
HAVING min(touched_at) + to_hours(24 * getvariable('window_days')) <= getvariable('as_of');

-- One row: a content of the catalogue and its rate, drawn towards that of its type, and this
-- towards that of all: few viewers prove little. All together have one buyer and two viewers more
-- than they had, so that no rate is 0 or unknown.
CREATE OR REPLACE TEMP TABLE content_conversions AS
WITH converted AS (  -- one row a content and viewer who bought
    SELECT credits.content_id, kept_lines.user_id, max(credits.share) AS share
    FROM attribution.credits AS credits
    INNER JOIN kept_lines USING (order_id, product_id)
    WHERE
        credits.model = getvariable('model') AND credits.touch_policy = 'all'
        AND credits.window_days = getvariable('window_days')
    GROUP BY credits.content_id, kept_lines.user_id
),

counted AS (  -- one row a content
    SELECT
        content_id, any_value(content.content_type) AS content_type,
        count(matured_viewers.user_id) AS viewers,
        coalesce(exact_sum(converted.share), 0) AS conversions
    FROM staging.content
    LEFT JOIN matured_viewers USING (content_id)
    LEFT JOIN converted USING (content_id, user_id)
    GROUP BY content_id
),

overall AS (
    SELECT (exact_sum(conversions) + 1) / (sum(viewers) + 2)::DOUBLE AS rate
    FROM counted
),

types AS (  -- one row a type of content
    SELECT
        content_type,
        shrunken(exact_sum(conversions), sum(viewers), (SELECT rate FROM overall)) AS rate
    FROM counted
    GROUP BY content_type
)

SELECT
    counted.content_id, shrunken(counted.conversions, counted.viewers, types.rate) AS conversion
FROM counted
INNER JOIN types ON counted.content_type IS NOT DISTINCT FROM types.content_type;
