// One row: a figure as the graph has it, of a part small enough to search, in ten-thousandths.
// What the warehouse makes of it: sql/checks/graph_figures.
MATCH (u:User)
WHERE u.lifetime_value IS NOT NULL
WITH coalesce(u.currency, '-') AS currency, right(u.shopify_id, 2) AS ending, u
RETURN
  'lifetime_value' AS figure,
  currency + ', customers ending in ' + ending AS part,
  sum(toInteger(round(u.lifetime_value * 10000))) AS amount
UNION ALL
MATCH (c:Content)
UNWIND [
  {figure: 'views', value: c.views},
  {figure: 'clicks', value: c.clicks},
  {figure: 'conversions', value: c.conversions},
  {figure: 'attributed_revenue', value: c.attributed_revenue}
] AS each
RETURN
  each.figure AS figure,
  c.content_id AS part,
  sum(toInteger(round(each.value * 10000.0))) AS amount
UNION ALL
MATCH (:Content)-[a:ATTRIBUTED_TO]->(:Purchase)
WITH a.model AS model, a.window_days AS days, a.currency AS currency, a
RETURN
  'credit' AS figure,
  model + ', ' + toString(days) + ' days, ' + currency AS part,
  sum(toInteger(round(a.credit * 10000))) AS amount
