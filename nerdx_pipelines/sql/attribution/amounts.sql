-- One row a line and what it was worth, in minor units: at the sale (step 0), and after each
-- refund and the cancellation of its order. A cancellation comes last: it takes what is left.
CREATE OR REPLACE TEMP TABLE amounts AS
WITH lines AS (  -- few lines have a path
    SELECT *, minor_digits(currency) AS digits
    FROM lines_to_do
    WHERE line_id IN (SELECT eligible_touches.line_id FROM eligible_touches)
),

taken_back AS (  -- one row a line and refund, or cancellation
    SELECT
        refund_lines.line_id, refund_lines.refund_id, refund_lines.amount,
        refunds.created_at AS reversed_at, FALSE AS is_cancellation
    FROM staging.refund_lines
    INNER JOIN staging.refunds USING (refund_id)
    SEMI JOIN lines USING (line_id)
    UNION ALL
    SELECT line_id, NULL, sold - returns, cancelled_at, TRUE
    FROM lines
    WHERE cancelled_at IS NOT NULL
),

steps AS (
    SELECT
        *,
        row_number() OVER history AS step, sum(amount) OVER history AS taken,
        (lead(line_id) OVER history) IS NULL AS is_last
    FROM taken_back
    WINDOW history AS (PARTITION BY line_id ORDER BY is_cancellation, reversed_at, refund_id)
),

worth AS (
    SELECT
        lines.line_id, 0 AS step, NULL AS refund_id, NULL AS reversed_day,
        if(steps.line_id IS NULL, lines.net_revenue, lines.sold) AS amount,
        lines.digits, steps.line_id IS NULL AND lines.is_live AS is_today,
        steps.line_id IS NOT NULL AS is_reversed, lines.order_id, lines.product_id, lines.currency,
        lines.order_day
    FROM lines
    LEFT JOIN steps ON lines.line_id = steps.line_id AND steps.step = 1
    UNION ALL
    SELECT
        steps.line_id, steps.step, steps.refund_id, shop_day(steps.reversed_at),
        if(steps.is_last, lines.net_revenue, lines.sold - steps.taken),
        lines.digits, steps.is_last AND lines.is_live, TRUE, lines.order_id, lines.product_id,
        lines.currency, lines.order_day
    FROM steps
    INNER JOIN lines USING (line_id)
)

SELECT
    * EXCLUDE (amount), amount < 0 AS is_negative,
    abs((amount * CASE digits WHEN 0 THEN 1 WHEN 3 THEN 1000 ELSE 100 END)::BIGINT) AS units
FROM worth;
