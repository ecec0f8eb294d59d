// One row: how many marks now name the load; none if another load came between.
MATCH (g:NerdxGraph)
// Locks it, so that what others have committed is read below.
SET g.asked = $load
WITH collect(g) AS marks
WITH [g IN marks WHERE all(one IN marks WHERE coalesce(one.load, '') IN [$seen, $load])] AS ours
FOREACH (g IN ours | SET g.load = $load)
RETURN size(ours) AS marks
