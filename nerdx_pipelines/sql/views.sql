-- Every view of the warehouse. Made anew at each write, so that it follows its tables.

-- One row: a line that counts as sold and can earn credit. Not one of a test or cancelled
-- order, a gift card, or a line given back in full; a free gift that was kept is one.
CREATE OR REPLACE VIEW staging.live_lines AS
SELECT
    order_lines.*, orders.customer_id, orders.processed_at, orders.currency
FROM staging.order_lines
INNER JOIN staging.orders USING (order_id)
WHERE
    NOT orders.test AND orders.cancelled_at IS NULL AND NOT order_lines.is_gift_card
    AND (
        order_lines.net_revenue <> 0
        OR (order_lines.returns = 0 AND order_lines.quantity > order_lines.returned_quantity)
    );

-- One row: the number of the newest change there was; those of new ones follow. No sequence, since
-- a lake has none, and since what was taken back may be given again: writers take turns.
CREATE OR REPLACE VIEW staging.last_change AS
SELECT coalesce(max(change_id), 0) AS change_id
FROM (
    SELECT change_id FROM staging.changed_days
    UNION ALL
    SELECT change_id FROM staging.changes_seen
);

-- One row: a day whose credits are still those of former facts.
CREATE OR REPLACE VIEW staging.pending_days AS
SELECT DISTINCT day
FROM staging.changed_days
WHERE change_id > coalesce((
    SELECT max(change_id) FROM staging.changes_seen WHERE consumer = 'attribution_credits'
), 0);

-- One row: an anonymous id that is known to be one customer. One that was two customers is
-- nobody's: a shared device proves nothing.
CREATE OR REPLACE VIEW staging.known_ids AS
SELECT anonymous_id, any_value(customer_id) AS customer_id
FROM staging.identities
GROUP BY anonymous_id
HAVING count(DISTINCT customer_id) = 1;

-- One row: an erased address and whose it was.
CREATE OR REPLACE VIEW staging.erased_customers AS
SELECT mark, min(customer_id) AS customer_id
FROM staging.erased_addresses
GROUP BY mark;

-- One row: an order of somebody whose personal data were erased.
CREATE OR REPLACE VIEW staging.erased_orders AS
SELECT order_id FROM staging.orders
WHERE
    customer_id IN (SELECT id FROM staging.redactions WHERE kind = 'CUSTOMER')
    OR created_at <= (SELECT max(redacted_at) FROM staging.redactions WHERE kind = 'SHOP')
UNION
SELECT id FROM staging.redactions
WHERE kind = 'ORDER';

-- One row: the currency of most orders, taken for that of production costs.
CREATE OR REPLACE VIEW staging.shop_currency AS
SELECT currency
FROM staging.orders
GROUP BY currency
ORDER BY count(*) DESC, currency
LIMIT 1;

-- One row: a time during which a content features a product, infinite where no end is told. Those
-- of a content and product never overlap, so that a view falls into one of them at most.
CREATE OR REPLACE VIEW staging.features AS
SELECT
    content_id, product_id, min(starts) AS valid_from, max(ends) AS valid_to
FROM (
    SELECT
        *, count(*) FILTER (WHERE is_apart) OVER (
            PARTITION BY content_id, product_id
            ORDER BY starts, ends
            ROWS UNBOUNDED PRECEDING
        ) AS part
    FROM (
        SELECT
            *, starts > max(ends) OVER (
                PARTITION BY content_id, product_id
                ORDER BY starts, ends
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS is_apart
        FROM (
            SELECT
                content_id, product_id,
                coalesce(valid_from, '-infinity'::TIMESTAMPTZ) AS starts,
                coalesce(valid_to, 'infinity'::TIMESTAMPTZ) AS ends
            FROM staging.content_products
        )
        WHERE starts < ends
    )
)
GROUP BY content_id, product_id, part;

-- One row: the data's own present, their last touch or purchase so far. What is not over by then is
-- immature; the clock on the wall would call an old data set mature that nobody has fed.
CREATE OR REPLACE VIEW staging.present AS
SELECT greatest(
    (SELECT max(touched_at) FROM staging.touches WHERE touched_at <= now()),
    (SELECT max(processed_at) FROM staging.orders WHERE processed_at <= now())
) AS instant;

-- One row: the part of one line's net revenue that one model gives to one content, with its parts
-- by view and by click. Asked for one model, it reads that model's columns alone.
CREATE OR REPLACE VIEW attribution.credits AS
SELECT
    line_id, order_id, product_id, content_id, 'first_touch' AS model, window_days,
    first_touch AS credit, 1::DOUBLE AS share, currency, touchpoints, view_touches,
    click_touches, first_touch_at, last_touch_at, order_day,
    (first_touch - first_touch_click)::DECIMAL(18, 4) AS view_through,
    first_touch_click AS click_through, touch_policy
FROM attribution.line_credits
WHERE first_touch IS NOT NULL
UNION ALL
SELECT
    line_id, order_id, product_id, content_id, 'last_touch', window_days,
    last_touch, 1::DOUBLE, currency, touchpoints, view_touches,
    click_touches, first_touch_at, last_touch_at, order_day,
    (last_touch - last_touch_click)::DECIMAL(18, 4),
    last_touch_click, touch_policy
FROM attribution.line_credits
WHERE last_touch IS NOT NULL
UNION ALL
SELECT
    line_id, order_id, product_id, content_id, 'linear', window_days,
    linear, linear_share, currency, touchpoints, view_touches,
    click_touches, first_touch_at, last_touch_at, order_day,
    (linear - linear_click)::DECIMAL(18, 4),
    linear_click, touch_policy
FROM attribution.line_credits
WHERE linear IS NOT NULL
UNION ALL
SELECT
    line_id, order_id, product_id, content_id, 'time_decay', window_days,
    time_decay, time_decay_share, currency, touchpoints, view_touches,
    click_touches, first_touch_at, last_touch_at, order_day,
    (time_decay - time_decay_click)::DECIMAL(18, 4),
    time_decay_click, touch_policy
FROM attribution.line_credits
WHERE time_decay IS NOT NULL
UNION ALL
SELECT
    line_id, order_id, product_id, content_id, 'position_based', window_days,
    position_based, position_based_share, currency, touchpoints, view_touches,
    click_touches, first_touch_at, last_touch_at, order_day,
    (position_based - position_based_click)::DECIMAL(18, 4),
    position_based_click, touch_policy
FROM attribution.line_credits
WHERE position_based IS NOT NULL
UNION ALL
SELECT
    line_id, order_id, product_id, content_id, 'shapley_set', window_days,
    shapley_set, shapley_set_share, currency, touchpoints, view_touches,
    click_touches, first_touch_at, last_touch_at, order_day,
    (shapley_set - shapley_set_click)::DECIMAL(18, 4),
    shapley_set_click, touch_policy
FROM attribution.line_credits
WHERE shapley_set IS NOT NULL
UNION ALL
SELECT
    line_id, order_id, product_id, content_id, 'any_touch', window_days,
    any_touch, 1::DOUBLE, currency, touchpoints, view_touches,
    click_touches, first_touch_at, last_touch_at, order_day,
    (any_touch - any_touch_click)::DECIMAL(18, 4),
    any_touch_click, touch_policy
FROM attribution.line_credits
WHERE any_touch IS NOT NULL;

-- One row: a reason why touches earn nothing, or may not be what they seem, and how many there
-- are; what happens to them is in docs/bad-input.md. A touch is counted for its first reason.
CREATE OR REPLACE VIEW attribution.uncounted_touches AS
WITH on_air AS (  -- one row a content and a time in which it features anything, none overlapping
    SELECT content_id, min(valid_from) AS since, max(valid_to) AS until
    FROM (
        SELECT
            *, count(*) FILTER (WHERE is_apart) OVER (
                PARTITION BY content_id
                ORDER BY valid_from, valid_to
                ROWS UNBOUNDED PRECEDING
            ) AS part
        FROM (
            SELECT
                *, valid_from > max(valid_to) OVER (
                    PARTITION BY content_id
                    ORDER BY valid_from, valid_to
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS is_apart
            FROM staging.features
        )
    )
    GROUP BY content_id, part
),

sorted AS (  -- one row a touch, in the order of the reasons
    SELECT
        CASE
            WHEN touches.user_id IS NULL THEN 'without a known customer'
            WHEN content.content_id IS NULL THEN 'of unknown content'
            WHEN touches.touched_at > now() THEN 'in the future'
            WHEN on_air.content_id IS NULL THEN 'of content that featured nothing then'
            WHEN touches.touched_at < content.published_at
                THEN 'counted, though before the content was published'
        END AS reason
    FROM staging.touches
    LEFT JOIN staging.content ON touches.content_id = content.content_id
    LEFT JOIN on_air
        ON
            touches.content_id = on_air.content_id
            AND touches.touched_at >= on_air.since AND touches.touched_at < on_air.until
),

skewed AS (  -- one row a touch that came just too late for a purchase
    SELECT DISTINCT touches.event_id
    FROM staging.live_lines AS lines
    INNER JOIN staging.touches
        ON
            lines.customer_id = touches.user_id
            AND lines.processed_at < touches.touched_at
            AND lines.processed_at + INTERVAL 1 MINUTE >= touches.touched_at
    SEMI JOIN staging.features
        ON
            touches.content_id = features.content_id AND lines.product_id = features.product_id
            AND touches.touched_at >= features.valid_from
            AND touches.touched_at < features.valid_to
)

SELECT reason, count(*) AS touches
FROM sorted
WHERE reason IS NOT NULL
GROUP BY reason
UNION ALL
SELECT 'within a minute after the purchase, as if a clock were wrong', count(*)
FROM skewed
HAVING count(*) > 0;
