-- I1, and I7 with it. One row a line and model whose credits are not the line's net revenue.
SELECT credits.line_id, credits.model, sum(credits.credit) AS credited, lines.net_revenue
FROM attribution.credits
LEFT JOIN staging.live_lines AS lines USING (line_id)
WHERE credits.order_day NOT IN (FROM staging.pending_days)
GROUP BY credits.line_id, credits.model, credits.window_days, lines.net_revenue
HAVING credited IS DISTINCT FROM lines.net_revenue
