-- I1, and I7 with it. One row a line and kind of credits that are not the line's net revenue; for
-- any_touch, which gives all of it to each content, one of which is not.
SELECT
    credits.line_id, credits.model, credits.window_days, credits.touch_policy,
    if(credits.model = 'any_touch', min(credits.credit), sum(credits.credit)) AS credited,
    lines.net_revenue
FROM attribution.credits
LEFT JOIN staging.live_lines AS lines USING (line_id)
WHERE credits.order_day NOT IN (FROM staging.pending_days)
GROUP BY
    credits.line_id, credits.model, credits.window_days, credits.touch_policy, lines.net_revenue
HAVING
    credited IS DISTINCT FROM lines.net_revenue
    OR (credits.model = 'any_touch' AND max(credits.credit) <> lines.net_revenue)
