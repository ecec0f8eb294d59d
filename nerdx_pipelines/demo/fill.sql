-- From the temp tables of a checked folder to the demo store's database, attached as `store`.
-- What a folder does not say is derived from what it does: see each expression.
INSERT INTO store.shop
SELECT
    1, name, slug || '.myshopify.com', 'owner@' || slug || '.example', timezone, currency, first_at
FROM (
    SELECT *, trim(regexp_replace(lower(strip_accents(name)), '[^a-z0-9]+', '-', 'g'), '-') AS slug
    FROM settings
);

INSERT INTO store.products
SELECT
    product_id, coalesce(title, ''),
    -- The id makes it unique whatever the titles are.
    ltrim(regexp_replace(
        lower(strip_accents(coalesce(title, ''))) || '-' || product_id, '[^a-z0-9]+', '-', 'g'
    ), '-'),
    coalesce(product_type, ''), coalesce(vendor, ''), coalesce(status, 'ACTIVE'), [],
    coalesce(created_at, first_at), coalesce(updated_at, created_at, first_at),
    CASE WHEN coalesce(status, 'ACTIVE') = 'ACTIVE' THEN coalesce(created_at, first_at) END
FROM products, settings
ORDER BY product_id;

INSERT INTO store.product_variants
SELECT
    v.variant_id, v.product_id, coalesce(v.title, 'Default Title'), v.sku,
    row_number() OVER (PARTITION BY v.product_id ORDER BY v.variant_id),
    coalesce(v.price, p.price, 0), v.inventory_quantity, s.created_at, s.updated_at
FROM product_variants AS v
JOIN products AS p USING (product_id)
JOIN store.products AS s ON s.id = v.product_id
ORDER BY v.product_id, v.variant_id;

INSERT INTO store.customers
SELECT
    customer_id, email, NULL, NULL, [], coalesce(created_at, first_order_at, first_at),
    coalesce(updated_at, created_at, first_order_at, first_at)
FROM customers
LEFT JOIN (
    SELECT customer_id, min(processed_at) AS first_order_at FROM orders GROUP BY customer_id
) USING (customer_id), settings
ORDER BY customer_id;

INSERT INTO store.line_items
WITH returned AS (
    SELECT line_id, sum(quantity) AS quantity FROM refunds WHERE line_id IS NOT NULL GROUP BY ALL
)
SELECT
    l.line_id, l.order_id, row_number() OVER (PARTITION BY l.order_id ORDER BY l.line_id),
    l.product_id, v.id, coalesce(l.title, p.title, 'Custom item'),
    CASE WHEN v.title <> 'Default Title' THEN v.title END, v.sku, p.vendor, l.quantity,
    CASE
        WHEN l.cancelled_at IS NULL THEN greatest(l.quantity - coalesce(r.quantity, 0), 0) ELSE 0
    END,
    l.unit_price, l.discount, coalesce(g.gift_card, false)
FROM order_lines AS l
LEFT JOIN store.products AS p ON p.id = l.product_id
-- A line that names no variant has the product's default one, if the product has one.
LEFT JOIN store.product_variants AS v
    ON v.id = coalesce(l.variant_id, l.product_id) AND v.product_id = l.product_id
LEFT JOIN products AS g ON g.product_id = l.product_id
LEFT JOIN returned AS r ON r.line_id = l.line_id
ORDER BY l.order_id, l.line_id;

INSERT INTO store.refunds
SELECT refund_id, order_id, created_at, created_at, max(note), sum(amount)
FROM refunds
GROUP BY refund_id, order_id, created_at
ORDER BY order_id, refund_id;

INSERT INTO store.refund_line_items
SELECT
    row_number() OVER (ORDER BY r.refund_id, r.line_id), r.refund_id, r.line_id,
    coalesce(r.quantity, 0), r.amount,
    coalesce(r.restock_type, CASE WHEN o.cancelled_at IS NULL THEN 'RETURN' ELSE 'CANCEL' END)
FROM refunds AS r JOIN orders AS o USING (order_id)
WHERE r.line_id IS NOT NULL
ORDER BY r.refund_id, r.line_id;

INSERT INTO store.orders
WITH sums AS (
    SELECT
        order_id, sum(quantity * unit_price - discount) AS total, sum(discount) AS discounts
    FROM order_lines GROUP BY order_id
),

refunded AS (
    SELECT order_id, sum(total_refunded) AS amount, max(created_at) AS last_at
    FROM store.refunds GROUP BY order_id
),

figures AS (
    SELECT o.*, s.total, s.discounts, coalesce(r.amount, 0) AS refunded, r.last_at AS refunded_at
    FROM orders AS o JOIN sums AS s USING (order_id) LEFT JOIN refunded AS r USING (order_id)
)

SELECT
    f.order_id, '#' || (1000 + row_number() OVER (ORDER BY f.processed_at, f.order_id)),
    f.customer_id, c.email, f.processed_at, f.processed_at,
    greatest(f.processed_at, f.cancelled_at, f.refunded_at), f.cancelled_at,
    CASE WHEN f.cancelled_at IS NOT NULL THEN 'OTHER' END, coalesce(f.test, false), 'web',
    f.currency, coalesce(f.presentment_currency, f.currency), coalesce(f.presentment_rate, 1),
    CASE
        WHEN f.refunded > 0 AND f.refunded >= f.total THEN 'REFUNDED'
        WHEN f.refunded > 0 THEN 'PARTIALLY_REFUNDED'
        WHEN f.cancelled_at IS NOT NULL THEN 'VOIDED'
        ELSE 'PAID'
    END,
    CASE WHEN f.cancelled_at IS NULL THEN 'FULFILLED' ELSE 'UNFULFILLED' END,
    f.total, f.discounts, f.total,
    CASE WHEN f.cancelled_at IS NULL THEN greatest(f.total - f.refunded, 0) ELSE 0 END, f.refunded
FROM figures AS f LEFT JOIN store.customers AS c ON c.id = f.customer_id
ORDER BY f.order_id;
