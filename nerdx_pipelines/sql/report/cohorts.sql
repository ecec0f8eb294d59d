-- One row: the content that customers met first before their first order (none: an empty title),
-- and what a customer brought in 30, 60 and 90 days: of the months whose customers' days are over.
SELECT
    coalesce(nullif(trim(any_value(title)), ''), content_id, 'No content before') AS title,
    content_id IS NULL AS is_none,
    any_value(content_type) AS content_type,
    if(content_id IS NULL, NULL, coalesce(any_value(creator), '')) AS creator,
    any_value(currency) AS currency,
    sum(customers) AS customers, sum(orders) AS orders,
    sum(new_revenue) AS new_revenue, sum(returning_revenue) AS returning_revenue,
    round(
        sum(revenue_30) / sum(customers) FILTER (WHERE revenue_30 IS NOT NULL), 4
    )::DECIMAL(18, 4) AS per_customer_30,
    round(
        sum(revenue_60) / sum(customers) FILTER (WHERE revenue_60 IS NOT NULL), 4
    )::DECIMAL(18, 4) AS per_customer_60,
    round(
        sum(revenue_90) / sum(customers) FILTER (WHERE revenue_90 IS NOT NULL), 4
    )::DECIMAL(18, 4) AS per_customer_90,
    row_number() OVER (ORDER BY sum(customers) DESC, content_id NULLS FIRST) AS place
FROM kpi.cohorts
WHERE currency = getvariable('currency')::VARCHAR AND customers > 0
GROUP BY content_id
ORDER BY place
LIMIT getvariable('listed')::BIGINT;
