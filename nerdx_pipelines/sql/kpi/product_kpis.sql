-- One row a product (sold or in the catalogue) and currency. Products with the same features
-- share their exposure, so it is counted once for each set of features: a campaign that features
-- 20,000 products costs as much as one that features one.
DELETE FROM kpi.product_kpis;

INSERT INTO kpi.product_kpis BY NAME
WITH feature_sets AS (  -- one row a featured product
    SELECT
        product_id,
        list_sort(list(DISTINCT {
            'content_id': content_id, 'valid_from': valid_from, 'valid_to': valid_to
        })) AS features
    FROM staging.content_products
    GROUP BY product_id
),

exposure AS (  -- one row a set of features: who saw a content of it while it featured
    SELECT
        sets.features,
        count(DISTINCT touches.event_id) AS content_impressions,
        count(DISTINCT person(touches.user_id, touches.anonymous_id)) AS unique_viewers_exposed
    FROM (
        SELECT features, unnest(features) AS feature
        FROM (SELECT DISTINCT features FROM feature_sets)
    ) AS sets
    INNER JOIN staging.touches
        ON
            sets.feature.content_id = touches.content_id
            AND touches.touched_at >= coalesce(sets.feature.valid_from, '-infinity'::TIMESTAMPTZ)
            AND touches.touched_at < coalesce(sets.feature.valid_to, 'infinity'::TIMESTAMPTZ)
    WHERE touches.touch_type = 'view'
    GROUP BY sets.features
),

sold AS (  -- one row a product and currency
    SELECT
        product_id, currency, count(DISTINCT order_id) AS orders,
        sum(quantity - returned_quantity) AS units_sold, sum(net_revenue) AS net_revenue
    FROM staging.live_lines
    WHERE product_id IS NOT NULL
    GROUP BY product_id, currency
),

credited AS (  -- one row a line with credit
    SELECT
        line_id, sum(credit) AS credit, sum(view_touches) AS view_touches
    FROM attribution.credits
    WHERE
        model = getvariable('model') AND window_days = getvariable('window_days')
        AND touch_policy = 'all'
    GROUP BY line_id
),

driven AS (  -- one row a product and currency
    SELECT
        live_lines.product_id, live_lines.currency,
        count(DISTINCT live_lines.order_id) FILTER (WHERE live_lines.net_revenue >= 0)
            AS content_driven_purchases,
        sum(live_lines.quantity - live_lines.returned_quantity) AS content_driven_units,
        sum(credited.credit) AS content_driven_revenue,
        count(DISTINCT live_lines.customer_id) FILTER (WHERE credited.view_touches > 0)
            AS exposed_buyers
    FROM credited
    INNER JOIN staging.live_lines USING (line_id)
    GROUP BY live_lines.product_id, live_lines.currency
),

keys AS (
    SELECT product_id, currency
    FROM sold
    UNION
    SELECT product_id, (SELECT currency FROM staging.shop_currency) AS currency
    FROM staging.products
)

SELECT
    keys.product_id, products.title, products.product_type, products.vendor, keys.currency,
    coalesce(sold.orders, 0) AS orders,
    coalesce(sold.units_sold, 0) AS units_sold,
    coalesce(sold.net_revenue, 0) AS net_revenue,
    coalesce(exposure.content_impressions, 0) AS content_impressions,
    coalesce(exposure.unique_viewers_exposed, 0) AS unique_viewers_exposed,
    coalesce(driven.content_driven_purchases, 0) AS content_driven_purchases,
    coalesce(driven.content_driven_units, 0) AS content_driven_units,
    coalesce(driven.content_driven_revenue, 0) AS content_driven_revenue,
    ratio(coalesce(driven.content_driven_purchases, 0), exposure.content_impressions)
        AS content_conversion_rate,
    ratio(coalesce(driven.exposed_buyers, 0), exposure.unique_viewers_exposed)
        AS viewer_conversion
FROM keys
LEFT JOIN staging.products USING (product_id)
LEFT JOIN feature_sets USING (product_id)
LEFT JOIN exposure USING (features)
LEFT JOIN sold USING (product_id, currency)
LEFT JOIN driven USING (product_id, currency)
ORDER BY net_revenue DESC, keys.product_id;
