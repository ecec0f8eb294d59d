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

-- One row: the currency of most orders, taken for that of production costs.
CREATE OR REPLACE VIEW staging.shop_currency AS
SELECT currency
FROM staging.orders
GROUP BY currency
ORDER BY count(*) DESC, currency
LIMIT 1;
