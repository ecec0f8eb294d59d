-- One row a product, a content that features it or did, and currency of its credits (the shop's own
-- where it has none), if somebody saw the content then or it earned something: which content
-- sold which product. A content's views count for every product that it featured at the time.
DELETE FROM kpi.product_content;

INSERT INTO kpi.product_content BY NAME
WITH times AS (  -- one row a content and a time in which it features some product
    SELECT
        content_id, valid_from, valid_to,
        row_number() OVER (ORDER BY content_id, valid_from, valid_to) AS time_id
    FROM staging.features
    GROUP BY content_id, valid_from, valid_to
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

pairs AS (  -- one row a content and product that it ever featured
    SELECT
        features.content_id, features.product_id, list_sort(list(times.time_id)) AS time_ids
    FROM staging.features
    INNER JOIN times USING (content_id, valid_from, valid_to)
    GROUP BY features.content_id, features.product_id
),

feature_sets AS (  -- one row a set of times that a content's products share
    SELECT time_ids, row_number() OVER (ORDER BY time_ids) AS set_id
    FROM pairs
    GROUP BY time_ids
),

exposure AS (  -- one row a set of times
    SELECT
        set_id, sum(views)::BIGINT AS impressions, count(viewer) AS unique_viewers
    FROM (
        SELECT sets.set_id, viewers.viewer, sum(viewers.views) AS views
        FROM (SELECT set_id, unnest(time_ids) AS time_id FROM feature_sets) AS sets
        INNER JOIN viewers USING (time_id)
        GROUP BY sets.set_id, viewers.viewer
    )
    GROUP BY set_id
),

seen AS (  -- one row a content and product
    SELECT
        pairs.product_id, pairs.content_id, exposure.impressions, exposure.unique_viewers
    FROM pairs
    INNER JOIN feature_sets USING (time_ids)
    INNER JOIN exposure USING (set_id)
),

bought AS (  -- one row a content, product and currency; linear credits name every touch
    SELECT
        lines.product_id, credits.content_id, credits.currency,
        count(DISTINCT lines.customer_id) AS buyers,
        count(DISTINCT credits.order_id) AS orders
    FROM attribution.credits
    INNER JOIN staging.live_lines AS lines USING (line_id)
    WHERE
        credits.model = 'linear' AND credits.window_days = getvariable('window_days')
        AND credits.touch_policy = 'all' AND lines.net_revenue >= 0
    GROUP BY lines.product_id, credits.content_id, credits.currency
),

earned AS (  -- one row a content, product and currency
    SELECT product_id, content_id, currency, sum(credit) AS attributed_revenue
    FROM attribution.credits
    WHERE
        model = getvariable('model') AND window_days = getvariable('window_days')
        AND touch_policy = 'all'
    GROUP BY product_id, content_id, currency
),

keys AS (
    SELECT product_id, content_id, (SELECT currency FROM staging.shop_currency) AS currency
    FROM seen
    UNION
    SELECT product_id, content_id, currency
    FROM bought
    UNION
    SELECT product_id, content_id, currency
    FROM earned
)

SELECT
    keys.product_id, products.title AS product_title, keys.content_id, content.title,
    keys.currency,
    coalesce(seen.impressions, 0) AS impressions,
    coalesce(seen.unique_viewers, 0) AS unique_viewers,
    coalesce(bought.buyers, 0) AS buyers,
    coalesce(bought.orders, 0) AS orders,
    coalesce(earned.attributed_revenue, 0) AS attributed_revenue
FROM keys
LEFT JOIN seen USING (product_id, content_id)
LEFT JOIN bought USING (product_id, content_id, currency)
LEFT JOIN earned USING (product_id, content_id, currency)
LEFT JOIN staging.products ON keys.product_id = products.product_id
LEFT JOIN staging.content ON keys.content_id = content.content_id
ORDER BY attributed_revenue DESC, impressions DESC, keys.product_id, keys.content_id;
