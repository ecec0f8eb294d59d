-- One row: what one model gives one content for one order. Over the order's contents,
-- credit adds up to its attributed revenue and share to 1: one order. So any_touch, whose credits
-- do not add up, is left out, and so are touch policies beside the main one.
WITH credited_lines AS (
    SELECT
        order_id,
        model,
        window_days,
        count(DISTINCT line_id) AS lines
    FROM attribution.credits
    WHERE touch_policy = 'all' AND model <> 'any_touch'
    GROUP BY order_id, model, window_days
)

SELECT
    credits.content_id,
    credits.order_id::VARCHAR AS purchase_id,
    credits.model,
    credits.window_days,
    sum(credits.credit)::DOUBLE AS credit,
    any_value(credits.currency) AS currency,
    -- added as decimals: a sum of doubles depends on their order, and would look changed
    sum(credits.share::DECIMAL(24, 18))::DOUBLE / any_value(credited_lines.lines) AS share
FROM attribution.credits
INNER JOIN credited_lines
    ON
        credits.order_id = credited_lines.order_id
        AND credits.model = credited_lines.model
        AND credits.window_days = credited_lines.window_days
SEMI JOIN graph_content ON credits.content_id = graph_content.content_id
SEMI JOIN graph_purchase ON credits.order_id::VARCHAR = graph_purchase.purchase_id
WHERE credits.touch_policy = 'all'
GROUP BY credits.content_id, credits.order_id, credits.model, credits.window_days
