-- One row: a product and a content that features it, of the getvariable('compared') products and
-- contents that such pairs earned most with (then: that were seen most).
WITH pairs AS (
    SELECT
        product_id, content_id,
        coalesce(nullif(trim(product_title), ''), product_id::VARCHAR) AS product,
        coalesce(nullif(trim(title), ''), content_id) AS content,
        impressions, unique_viewers, buyers, orders, attributed_revenue, currency
    FROM kpi.product_content
    WHERE currency = getvariable('currency')::VARCHAR
),

products AS (
    SELECT
        product_id, any_value(product) AS named,
        if(
            count(*) OVER (PARTITION BY any_value(product)) > 1,
            format('{} ({})', named, product_id),
            named
        ) AS label,
        row_number() OVER (
            ORDER BY sum(attributed_revenue) DESC, sum(impressions) DESC, product_id
        ) AS place
    FROM pairs
    GROUP BY product_id
),

contents AS (
    SELECT
        content_id, any_value(content) AS named,
        if(
            count(*) OVER (PARTITION BY any_value(content)) > 1,
            format('{} ({})', named, content_id),
            named
        ) AS label,
        row_number() OVER (
            ORDER BY sum(attributed_revenue) DESC, sum(impressions) DESC, content_id
        ) AS place
    FROM pairs
    GROUP BY content_id
)

SELECT
    products.label AS product, contents.label AS content, products.place AS product_place,
    contents.place AS content_place, pairs.impressions, pairs.unique_viewers, pairs.buyers,
    pairs.orders, pairs.attributed_revenue, pairs.currency
FROM pairs
INNER JOIN products USING (product_id)
INNER JOIN contents USING (content_id)
WHERE
    products.place <= getvariable('compared')::BIGINT
    AND contents.place <= getvariable('compared')::BIGINT
ORDER BY product_place, content_place;
