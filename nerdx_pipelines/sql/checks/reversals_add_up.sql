-- One row a line and kind of credits of which what was credited at the sale is not what is
-- credited today and what was taken back since; any_touch is looked at content by content.
WITH entries AS (
    SELECT
        line_id, if(model = 'any_touch', content_id, NULL) AS content_id, model, window_days,
        touch_policy, amount
    FROM attribution.reversals
    WHERE order_day NOT IN (FROM staging.pending_days)
    UNION ALL
    SELECT
        line_id, if(model = 'any_touch', content_id, NULL), model, window_days, touch_policy,
        credit
    FROM attribution.credits
    WHERE
        order_day NOT IN (FROM staging.pending_days)
        AND line_id IN (SELECT reversals.line_id FROM attribution.reversals)
),

credited AS (
    SELECT
        line_id, content_id, model, window_days, touch_policy, sum(amount) AS credited
    FROM entries
    GROUP BY line_id, content_id, model, window_days, touch_policy
)

SELECT credited.*, lines.gross_sales - lines.discounts AS sold
FROM credited
LEFT JOIN staging.order_lines AS lines USING (line_id)
WHERE credited.credited IS DISTINCT FROM lines.gross_sales - lines.discounts
