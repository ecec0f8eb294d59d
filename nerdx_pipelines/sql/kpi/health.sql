-- One row a sign of how far the figures can be trusted, in the shop's main currency.
DELETE FROM kpi.health;

INSERT INTO kpi.health BY NAME
WITH lines AS (
    SELECT * FROM staging.live_lines
    WHERE currency = (SELECT currency FROM staging.shop_currency)
),

credits AS (
    SELECT * FROM attribution.credits
    WHERE
        model = getvariable('model') AND window_days = getvariable('window_days')
        AND touch_policy = 'all'
        AND currency = (SELECT currency FROM staging.shop_currency)
),

revenue AS (
    SELECT
        coalesce((SELECT sum(net_revenue) FROM lines), 0) AS net,
        coalesce((SELECT sum(credit) FROM credits), 0) AS attributed,
        coalesce((
            SELECT sum(net_revenue) FROM lines
            WHERE line_id NOT IN (SELECT line_id FROM credits)
        ), 0) AS unattributed,
        (
            SELECT sum(net_revenue) FROM attribution.placebo
            WHERE currency = (SELECT currency FROM staging.shop_currency)
        ) AS placebo
),

ingested AS (
    SELECT max(ingested_at) AS last_at
    FROM staging.touches
),

figures AS (
    SELECT
        1 AS position, 'net_revenue' AS metric, figure(revenue.net) AS value,
        (SELECT currency FROM staging.shop_currency) AS note
    FROM revenue
    UNION ALL
    SELECT
        2, 'attributed_revenue', figure(revenue.attributed),
        (SELECT currency FROM staging.shop_currency)
    FROM revenue
    UNION ALL
    SELECT
        3, 'unattributed_revenue', figure(revenue.unattributed),
        (SELECT currency FROM staging.shop_currency)
    FROM revenue
    UNION ALL
    SELECT
        4, 'guest_share',
        figure(ratio(count(*) FILTER (WHERE customer_id IS NULL), count(*))),
        'orders without a customer, which nothing can be attributed to'
    FROM staging.orders
    WHERE NOT test
    UNION ALL
    SELECT
        5, 'late_touches_24h', figure(count(*)),
        'touches that arrived in the last 24 hours, more than 24 hours after they happened'
    FROM staging.touches
    WHERE
        ingested_at > touched_at + to_hours(24)
        AND ingested_at > (SELECT last_at FROM ingested) - to_hours(24)
    UNION ALL
    SELECT
        6, 'refund_reversals',
        figure(coalesce(sum(gross_sales - discounts - net_revenue), 0)),
        'sold and then refunded or cancelled'
    FROM staging.order_lines
    INNER JOIN staging.orders USING (order_id)
    WHERE
        NOT orders.test AND NOT order_lines.is_gift_card
        AND orders.currency = (SELECT currency FROM staging.shop_currency)
    UNION ALL
    SELECT
        7, 'placebo_ratio',
        figure(ratio(coalesce(revenue.placebo, 0), revenue.attributed)),
        'revenue that touches after the purchase would get / attributed revenue: 1 is coincidence'
    FROM revenue
    UNION ALL
    SELECT
        8, 'uncounted_touches',
        figure(coalesce(sum(touches) FILTER (WHERE NOT starts_with(reason, 'counted')), 0)),
        string_agg(touches || ' ' || reason, '; ' ORDER BY touches DESC, reason)
    FROM attribution.uncounted_touches
    UNION ALL
    SELECT 9, 'last_day', NULL, strftime(max(order_day), '%Y-%m-%d')
    FROM staging.orders
)

SELECT metric, value, note
FROM figures
ORDER BY position;
