-- One row a content that sold getvariable('product'): the best ten by what they earned with it.
SELECT
    content_id, any_value(content.title) AS title, any_value(content.content_type) AS content_type,
    any_value(content.creator) AS creator, kpis.currency,
    any_value(kpis.orders) AS orders, any_value(kpis.attributed_revenue) AS attributed_revenue
FROM kpi.product_content AS kpis
INNER JOIN staging.content USING (content_id)
WHERE kpis.product_id = getvariable('product')::BIGINT AND kpis.orders > 0
GROUP BY content_id, kpis.currency
ORDER BY attributed_revenue DESC, content_id
LIMIT 10
