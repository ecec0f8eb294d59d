UNWIND $rows AS row
MERGE (n:Content {content_id: row.content_id})
SET
  n.title = row.title,
  n.content_type = row.content_type,
  n.creator = row.creator,
  n.published_at = datetime(row.published_at),
  n.views = row.views,
  n.clicks = row.clicks,
  n.conversions = row.conversions,
  n.conversion_count = row.conversions,
  n.conversion_rate = row.conversion_rate,
  n.attributed_revenue = row.attributed_revenue,
  n.currency = row.currency,
  n.engagement_score = row.engagement_score
