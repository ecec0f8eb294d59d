-- Replace, for the days_to_do, what the same rules would credit to touches *after*
-- the purchase (eligible_touches made with direction -1). One row a day and currency.
DELETE FROM attribution.placebo
WHERE order_day IN (SELECT day FROM days_to_do);

INSERT INTO attribution.placebo BY NAME
SELECT
    order_day, currency, count(*) AS order_lines, count(DISTINCT order_id) AS orders,
    sum(net_revenue) AS net_revenue
FROM lines_to_do
WHERE is_live AND line_id IN (SELECT eligible_touches.line_id FROM eligible_touches)
GROUP BY order_day, currency
ORDER BY order_day, currency;
