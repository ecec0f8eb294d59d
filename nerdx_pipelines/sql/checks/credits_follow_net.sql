-- I4. One row a credit that is not its share of what is left of the line, to less than a minor
-- unit, or whose part by click is not one: the part by view is what that leaves.
SELECT
    credits.line_id, credits.content_id, credits.model, credits.window_days,
    credits.touch_policy, credits.credit, credits.share, lines.net_revenue,
    credits.view_through, credits.click_through
FROM attribution.credits
INNER JOIN staging.live_lines AS lines USING (line_id)
WHERE
    (
        abs(credits.credit::DOUBLE - credits.share * lines.net_revenue::DOUBLE)
        * CASE minor_digits(credits.currency) WHEN 0 THEN 1 WHEN 3 THEN 1000 ELSE 100 END
        > 1 + abs(lines.net_revenue::DOUBLE) / 1e9
        OR abs(credits.view_through) + abs(credits.click_through)
        IS DISTINCT FROM abs(credits.credit)
    )
    AND credits.order_day NOT IN (FROM staging.pending_days)
