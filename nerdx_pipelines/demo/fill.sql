-- From the temp tables of a checked folder to the demo store's database, attached as `store`.
-- What a folder does not say is derived from what it does: see each expression.
INSERT INTO store.shop BY NAME
WITH named AS (
    SELECT
        *,
        trim(regexp_replace(lower(strip_accents(name)), '[^a-z0-9]+', '-', 'g'), '-') AS slug
    FROM settings
)

SELECT
    1 AS id,
    name,
    slug || '.myshopify.com' AS myshopify_domain,
    'owner@' || slug || '.example' AS email,
    timezone AS iana_timezone,
    currency AS currency_code,
    first_at AS created_at,
    taxes_included
FROM named;

INSERT INTO store.products BY NAME
SELECT
    product_id AS id,
    coalesce(title, '') AS title,
    -- The id makes it unique whatever the titles are.
    ltrim(regexp_replace(
        lower(strip_accents(coalesce(title, ''))) || '-' || product_id, '[^a-z0-9]+', '-', 'g'
    ), '-') AS handle,
    coalesce(product_type, '') AS product_type,
    coalesce(vendor, '') AS vendor,
    coalesce(status, 'ACTIVE') AS status,
    [] AS tags,
    coalesce(created_at, first_at) AS created_at,
    coalesce(updated_at, created_at, first_at) AS updated_at,
    CASE
        WHEN coalesce(status, 'ACTIVE') = 'ACTIVE' THEN coalesce(created_at, first_at)
    END AS published_at,
    coalesce(gift_card, FALSE) AS is_gift_card
FROM products, settings
ORDER BY product_id;

INSERT INTO store.product_variants BY NAME
SELECT
    v.variant_id AS id,
    v.product_id,
    coalesce(v.title, 'Default Title') AS title,
    v.sku,
    row_number() OVER (PARTITION BY v.product_id ORDER BY v.variant_id) AS position,
    coalesce(v.price, p.price, 0) AS price,
    coalesce(v.inventory_quantity, p.inventory) AS inventory_quantity,
    s.created_at,
    s.updated_at
FROM product_variants AS v
INNER JOIN products AS p ON v.product_id = p.product_id
INNER JOIN store.products AS s ON v.product_id = s.id
ORDER BY v.product_id, v.variant_id;

-- All stock is in one place. Ids of items and levels are their own, as in a real shop.
INSERT INTO store.locations BY NAME
SELECT
    70000000001 AS id,
    name || ' warehouse' AS name,
    first_at AS created_at,
    first_at AS updated_at
FROM settings;

INSERT INTO store.inventory_items BY NAME
SELECT
    45000000000000 + row_number() OVER (ORDER BY s.id) AS id,
    s.id AS variant_id,
    s.inventory_quantity IS NOT NULL AS tracked,
    coalesce(v.unit_cost, p.unit_cost) AS unit_cost,
    s.created_at,
    s.updated_at
FROM store.product_variants AS s
INNER JOIN product_variants AS v ON s.id = v.variant_id
INNER JOIN products AS p ON s.product_id = p.product_id
ORDER BY s.id;

INSERT INTO store.inventory_levels BY NAME
SELECT
    100000000000 + row_number() OVER (ORDER BY i.id) AS id,
    i.id AS inventory_item_id,
    l.id AS location_id,
    coalesce(v.inventory_quantity, 0) AS available,
    i.created_at,
    i.updated_at
FROM store.inventory_items AS i
INNER JOIN store.product_variants AS v ON i.variant_id = v.id
CROSS JOIN store.locations AS l
ORDER BY i.id;

INSERT INTO store.customers BY NAME
WITH buyers AS (
    SELECT customer_id, min(processed_at) AS first_order_at
    FROM orders
    GROUP BY customer_id
)

SELECT
    c.customer_id AS id,
    c.email,
    [] AS tags,
    coalesce(c.created_at, b.first_order_at, s.first_at) AS created_at,
    coalesce(c.updated_at, c.created_at, b.first_order_at, s.first_at) AS updated_at
FROM customers AS c
LEFT JOIN buyers AS b ON c.customer_id = b.customer_id
CROSS JOIN settings AS s
ORDER BY c.customer_id;

INSERT INTO store.line_items BY NAME
WITH returned AS (
    SELECT line_id, sum(quantity) AS quantity
    FROM refunds
    WHERE line_id IS NOT NULL
    GROUP BY line_id
)

SELECT
    l.line_id AS id,
    l.order_id,
    row_number() OVER (PARTITION BY l.order_id ORDER BY l.line_id) AS position,
    l.product_id,
    v.id AS variant_id,
    coalesce(l.title, p.title, 'Custom item') AS title,
    CASE WHEN v.title <> 'Default Title' THEN v.title END AS variant_title,
    v.sku,
    p.vendor,
    l.quantity,
    CASE
        WHEN l.cancelled_at IS NULL THEN greatest(l.quantity - coalesce(r.quantity, 0), 0)
        ELSE 0
    END AS current_quantity,
    l.unit_price,
    l.discount AS total_discount,
    coalesce(g.gift_card, FALSE) AS is_gift_card,
    coalesce(l.tax, 0) AS tax
FROM order_lines AS l
LEFT JOIN products AS g ON l.product_id = g.product_id
LEFT JOIN store.products AS p ON l.product_id = p.id
-- A line that names no variant has the product's default one, if the product has one.
LEFT JOIN store.product_variants AS v
    ON coalesce(l.variant_id, l.product_id) = v.id AND l.product_id = v.product_id
LEFT JOIN returned AS r ON l.line_id = r.line_id
ORDER BY l.order_id, l.line_id;

INSERT INTO store.refunds BY NAME
SELECT
    refund_id AS id,
    order_id,
    created_at,
    created_at AS updated_at,
    max(note) AS note,
    sum(amount + CASE WHEN taxes_included THEN 0 ELSE coalesce(tax, 0) END) AS total_refunded
FROM refunds, settings
GROUP BY refund_id, order_id, created_at
ORDER BY order_id, refund_id;

INSERT INTO store.refund_line_items BY NAME
SELECT
    row_number() OVER (ORDER BY r.refund_id, r.line_id) AS id,
    r.refund_id,
    r.line_id AS line_item_id,
    coalesce(r.quantity, 0) AS quantity,
    r.amount AS subtotal,
    coalesce(
        r.restock_type, CASE WHEN o.cancelled_at IS NULL THEN 'RETURN' ELSE 'CANCEL' END
    ) AS restock_type,
    coalesce(r.tax, 0) AS total_tax
FROM refunds AS r
INNER JOIN orders AS o ON r.order_id = o.order_id
WHERE r.line_id IS NOT NULL
ORDER BY r.refund_id, r.line_id;

INSERT INTO store.orders BY NAME
WITH sums AS (
    SELECT
        order_id,
        sum(quantity * unit_price - discount) AS subtotal,
        sum(discount) AS discounts,
        sum(coalesce(tax, 0)) AS tax
    FROM order_lines
    GROUP BY order_id
),

refunded AS (
    SELECT order_id, sum(total_refunded) AS amount, max(created_at) AS last_at
    FROM store.refunds
    GROUP BY order_id
),

figures AS (
    SELECT
        o.*,
        s.subtotal,
        s.discounts,
        s.tax,
        t.taxes_included,
        s.subtotal + CASE WHEN t.taxes_included THEN 0 ELSE s.tax END AS total,
        coalesce(r.amount, 0) AS refunded,
        r.last_at AS refunded_at
    FROM orders AS o
    INNER JOIN sums AS s ON o.order_id = s.order_id
    LEFT JOIN refunded AS r ON o.order_id = r.order_id
    CROSS JOIN settings AS t
)

SELECT
    f.order_id AS id,
    '#' || (1000 + row_number() OVER (ORDER BY f.processed_at, f.order_id)) AS name,
    f.customer_id,
    c.email,
    f.processed_at AS created_at,
    f.processed_at,
    greatest(f.processed_at, f.cancelled_at, f.refunded_at) AS updated_at,
    f.cancelled_at,
    CASE WHEN f.cancelled_at IS NOT NULL THEN 'OTHER' END AS cancel_reason,
    coalesce(f.test, FALSE) AS test,
    'web' AS source_name,
    f.currency AS currency_code,
    coalesce(f.presentment_currency, f.currency) AS presentment_currency_code,
    coalesce(f.presentment_rate, 1) AS presentment_rate,
    CASE
        WHEN f.refunded > 0 AND f.refunded >= f.total THEN 'REFUNDED'
        WHEN f.refunded > 0 THEN 'PARTIALLY_REFUNDED'
        WHEN f.cancelled_at IS NOT NULL THEN 'VOIDED'
        ELSE 'PAID'
    END AS financial_status,
    CASE WHEN f.cancelled_at IS NULL THEN 'FULFILLED' ELSE 'UNFULFILLED' END AS fulfillment_status,
    f.subtotal AS subtotal_price,
    f.discounts AS total_discounts,
    f.total AS total_price,
    CASE
        WHEN f.cancelled_at IS NULL THEN greatest(f.total - f.refunded, 0)
        ELSE 0
    END AS current_total_price,
    f.refunded AS total_refunded,
    f.taxes_included,
    f.tax AS total_tax,
    coalesce(f.journey_ready, TRUE) AS journey_ready
FROM figures AS f
LEFT JOIN store.customers AS c ON f.customer_id = c.id
ORDER BY f.order_id;

INSERT INTO store.order_visits BY NAME
SELECT
    coalesce(visit_id, row_number() OVER (ORDER BY order_id, occurred_at)) AS id,
    order_id,
    occurred_at,
    landing_page,
    referrer_url,
    coalesce(
        source, utm_source,
        nullif(regexp_extract(referrer_url, '^[a-z-]+://(www\.)?([^/:?#]+)', 2), ''), 'direct'
    ) AS source,
    upper(source_type) AS source_type,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term
FROM order_visits
ORDER BY order_id, occurred_at;
