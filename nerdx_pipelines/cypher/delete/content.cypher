// Where others have put properties, labels or edges on it, it keeps them and its key.
UNWIND $rows AS row
MATCH (n:Content {content_id: row.content_id})
SET
  n.title = NULL,
  n.content_type = NULL,
  n.creator = NULL,
  n.published_at = NULL,
  n.views = NULL,
  n.clicks = NULL,
  n.conversions = NULL,
  n.conversion_count = NULL,
  n.conversion_rate = NULL,
  n.attributed_revenue = NULL,
  n.currency = NULL,
  n.engagement_score = NULL
WITH n
WHERE size(keys(n)) = 1 AND size(labels(n)) = 1 AND NOT (n)--()
DELETE n
