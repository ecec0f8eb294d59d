// One row: a content, and what $model credits it in one currency: the $top best of each currency
// by revenue. The same figures as sql/queries/top_content.sql.
MATCH (c:Content)-[a:ATTRIBUTED_TO]->(:Purchase)
WHERE a.model = $model AND a.window_days = $window_days
WITH c, a.currency AS currency, round(sum(a.credit), 4) AS attributed_revenue
ORDER BY currency, attributed_revenue DESC, c.content_id
WITH currency, collect({
  content_id: c.content_id, title: c.title, attributed_revenue: attributed_revenue
})[..$top] AS best
UNWIND best AS one
RETURN
  one.content_id AS content_id, one.title AS title, currency,
  one.attributed_revenue AS attributed_revenue
ORDER BY currency, attributed_revenue DESC, content_id
