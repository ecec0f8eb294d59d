-- One row a product (sold or in the catalogue) and currency. Products with the same features
-- share their exposure, so it is counted once for each set of features: a campaign that features
-- 20,000 products costs as much as one that features one.
DELETE FROM kpi.product_kpis;

INSERT INTO kpi.product_kpis BY NAME
WITH times AS (  -- one row a content and a time in which it features some product
    SELECT
        content_id, valid_from, valid_to,
        row_number() OVER (ORDER BY content_id, valid_from, valid_to) AS time_id
    FROM staging.features
    GROUP BY content_id, valid_from, valid_to
),

products_times AS (  -- one row a featured product
    SELECT features.product_id, list_sort(list(times.time_id)) AS time_ids
    FROM staging.features
    INNER JOIN times USING (content_id, valid_from, valid_to)
    GROUP BY features.product_id
),

feature_sets AS (  -- one row a set of times that products share
    SELECT time_ids, row_number() OVER (ORDER BY time_ids) AS set_id
    FROM products_times
    GROUP BY time_ids
),

viewers AS (  -- one row a time of a content and person (or nobody) who saw it then
    SELECT
        times.time_id, person(touches.user_id, touches.anonymous_id) AS viewer,
        count(touches.event_id) AS views
    FROM staging.touches
    INNER JOIN times
        ON
            touches.content_id = times.content_id
            AND touches.touched_at >= times.valid_from AND touches.touched_at < times.valid_to
    WHERE touches.touch_type = 'view'
    GROUP BY ALL
),

exposure AS (  -- one row a set of times: who saw a content of it while it featured
    SELECT
        set_id, sum(views)::BIGINT AS content_impressions,
        count(viewer) AS unique_viewers_exposed
    FROM (
        SELECT sets.set_id, viewers.viewer, sum(viewers.views) AS views
        FROM (SELECT set_id, unnest(time_ids) AS time_id FROM feature_sets) AS sets
        INNER JOIN viewers USING (time_id)
        GROUP BY sets.set_id, viewers.viewer
    )
    GROUP BY set_id
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
        model = 'linear' AND window_days = getvariable('window_days')
        AND touch_policy = 'all'
    GROUP BY line_id
),

driven AS (  -- one row a product and currency
    SELECT
        lines.product_id, lines.currency,
        count(DISTINCT lines.order_id) FILTER (WHERE lines.net_revenue >= 0)
            AS content_driven_purchases,
        sum(lines.quantity - lines.returned_quantity) AS content_driven_units,
        sum(credited.credit) AS content_driven_revenue,
        count(DISTINCT lines.customer_id) FILTER (WHERE credited.view_touches > 0)
            AS exposed_buyers
    FROM credited
    INNER JOIN staging.live_lines AS lines USING (line_id)
    GROUP BY lines.product_id, lines.currency
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
LEFT JOIN products_times USING (product_id)
LEFT JOIN feature_sets USING (time_ids)
LEFT JOIN exposure USING (set_id)
LEFT JOIN sold USING (product_id, currency)
LEFT JOIN driven USING (product_id, currency)
ORDER BY net_revenue DESC, keys.product_id;
