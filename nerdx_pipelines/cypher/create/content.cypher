// conversion_count is the name the first users of this graph query by.
UNWIND $rows AS row
CREATE (:Content {
  content_id: row.content_id,
  title: row.title,
  content_type: row.content_type,
  creator: row.creator,
  published_at: datetime(row.published_at),
  views: row.views,
  clicks: row.clicks,
  conversions: row.conversions,
  conversion_count: row.conversions,
  conversion_rate: row.conversion_rate,
  attributed_revenue: row.attributed_revenue,
  currency: row.currency,
  engagement_score: row.engagement_score
})
