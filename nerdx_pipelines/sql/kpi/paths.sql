-- One row a path of content types and currency, oldest first: the touchpoints of an order, with
-- neighbours of one type put together. net_revenue is of the order's lines that a path led to, so
-- that it sums to attributed revenue; an order without a path is in no row.
DELETE FROM kpi.paths;

INSERT INTO kpi.paths BY NAME
WITH steps AS (  -- one row a touchpoint of an order
    SELECT
        order_id, unnest(content_ids) AS content_id,
        unnest(range(len(content_ids))) AS position
    FROM attribution.order_paths
),

typed AS (  -- the same; is_new unless the one before is of the same type
    SELECT
        steps.order_id, steps.position,
        coalesce(content.content_type, 'unknown') AS kind,
        (kind IS DISTINCT FROM lag(kind) OVER path) AS is_new
    FROM steps
    LEFT JOIN staging.content USING (content_id)
    WINDOW path AS (
        PARTITION BY steps.order_id
        ORDER BY steps.position
    )
),

paths AS (  -- one row an order
    SELECT
        order_id, string_agg(kind, ' > ' ORDER BY position) AS path,
        count(kind) AS path_length
    FROM typed
    WHERE is_new
    GROUP BY order_id
),

sold AS (  -- one row an order
    SELECT order_id, currency, sum(credit) AS net_revenue
    FROM attribution.credits
    WHERE
        model = 'linear' AND window_days = getvariable('window_days')
        AND touch_policy = 'all'
    GROUP BY order_id, currency
)

SELECT
    'content_type' AS level, paths.path, paths.path_length, sold.currency,
    count(paths.order_id) AS orders, sum(sold.net_revenue) AS net_revenue
FROM paths
INNER JOIN sold USING (order_id)
GROUP BY ALL
ORDER BY orders DESC, paths.path, sold.currency;
