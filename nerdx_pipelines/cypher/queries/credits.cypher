// One row: what one model gives one content for one purchased line, in whole minor units of its
// currency, and its share of the line. Of purchases from $since on and before $until; touches
// within $window_days before them; $half_life_days of time_decay. The same rules as
// sql/attribution, told once more, from the graph alone.
MATCH (u:User)-[:MADE_PURCHASE]->(b:Purchase)
WHERE b.timestamp >= datetime($since) AND b.timestamp < datetime($until)
// Purchases meet touches first, their lines after: fewer pairs.
MATCH (u)-[t:VIEWED|CLICKED]->(seen)
WITH
  b, t, coalesce(t.viewed_at, t.at) AS at, type(t) = 'CLICKED' AS is_click,
  coalesce(t.content_id, seen.content_id) AS content_id
WHERE at > b.timestamp - duration({hours: 24 * $window_days}) AND at <= b.timestamp
MATCH (c:Content {content_id: content_id})
MATCH (b)-[l:CONTAINS]->(:Product)<-[f:FEATURES]-(c)
WHERE
  l.net_units IS NOT NULL
  AND (f.valid_from IS NULL OR f.valid_from <= at)
  AND (f.valid_to IS NULL OR at < f.valid_to)
// However often a content features a product at once, a touch counts once.
WITH DISTINCT
  l.line_id AS line_id, l.net_units AS net_units, at, is_click, content_id, t.event_id AS event_id
ORDER BY line_id, at, is_click, content_id, event_id
WITH
  line_id, net_units,
  collect({
    content_id: content_id,
    at: at.epochSeconds * 1000000 + at.microsecond
  }) AS path
// Consecutive touches of one content are one touchpoint, as old as the last of them; unless
// $collapse is 'none'.
WITH
  line_id, net_units, path,
  [
    i IN range(0, size(path) - 1)
    WHERE $collapse = 'none' OR i = 0 OR path[i].content_id <> path[i - 1].content_id
  ] AS starts
WITH
  line_id, net_units, path[size(path) - 1].at AS path_end,
  [i IN range(0, size(starts) - 1) | {
    content_id: path[starts[i]].content_id,
    at: path[coalesce(starts[i + 1], size(path)) - 1].at
  }] AS points
WITH line_id, net_units, path_end, points, size(points) AS n
UNWIND range(0, n - 1) AS i
WITH
  line_id, net_units, n, i, points[i].content_id AS content_id,
  2.0 ^ (-(path_end - points[i].at) / ($half_life_days * 86400000000.0)) AS decay
// Weights are whole numbers where they can be: floats hold them exactly.
UNWIND [
  {model: 'first_touch', weight: CASE WHEN i = 0 THEN 1.0 ELSE 0.0 END},
  {model: 'last_touch', weight: CASE WHEN i = n - 1 THEN 1.0 ELSE 0.0 END},
  {model: 'linear', weight: 1.0},
  {model: 'time_decay', weight: decay},
  {
    model: 'position_based',
    weight: CASE WHEN n <= 2 OR (i > 0 AND i < n - 1) THEN 1.0 ELSE 2.0 * (n - 2) END
  }
] AS weighted
WITH line_id, net_units, weighted.model AS model, content_id, sum(weighted.weight) AS part
WHERE part > 0
WITH
  line_id, net_units, model, sum(part) AS whole,
  collect({content_id: content_id, part: part}) AS parts
// By largest remainder: whole units first, those left over to the largest remainders.
WITH
  line_id, net_units, model, whole,
  [one IN parts | {
    content_id: one.content_id,
    share: one.part / whole,
    remainder: (abs(net_units) * one.part) % whole,
    units: toInteger(round(
      (abs(net_units) * one.part - (abs(net_units) * one.part) % whole) / whole
    ))
  }] AS quotas
WITH
  line_id, net_units, model, quotas,
  abs(net_units) - reduce(dealt = 0, one IN quotas | dealt + one.units) AS left_over
UNWIND quotas AS one
WITH
  line_id, net_units, model, one, left_over,
  size([
    other IN quotas
    WHERE
      other.remainder > one.remainder
      OR (other.remainder = one.remainder AND other.content_id < one.content_id)
  ]) AS ahead
RETURN
  line_id, model, one.content_id AS content_id, one.share AS share,
  (one.units + CASE WHEN ahead < left_over THEN 1 ELSE 0 END)
    * CASE WHEN net_units < 0 THEN -1 ELSE 1 END AS credit_units
ORDER BY line_id, model, content_id
