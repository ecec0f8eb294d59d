-- The demo store's own database: what a Shopify shop knows, in Shopify's words.
-- Filled by demo/dataset.py from a data folder, then read and written by the HTTP server.
-- Money is in the shop's currency; presentment = shop amount * presentment_rate.
CREATE TABLE shop (
    id BIGINT, name VARCHAR, myshopify_domain VARCHAR, email VARCHAR,
    iana_timezone VARCHAR, currency_code VARCHAR, created_at TIMESTAMPTZ,
    taxes_included BOOLEAN DEFAULT FALSE
);
CREATE TABLE products (
    id BIGINT, title VARCHAR, handle VARCHAR, product_type VARCHAR, vendor VARCHAR,
    status VARCHAR,  -- ACTIVE, DRAFT, ARCHIVED
    tags VARCHAR[], created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, published_at TIMESTAMPTZ,
    description_html VARCHAR DEFAULT '', is_gift_card BOOLEAN DEFAULT FALSE
);
CREATE TABLE product_variants (
    id BIGINT, product_id BIGINT, title VARCHAR, sku VARCHAR, position INTEGER,
    price DECIMAL(18, 4),
    inventory_quantity INTEGER,  -- the sum of its levels' available; who writes those writes this
    created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, compare_at_price DECIMAL(18, 4)
);
CREATE TABLE inventory_items (  -- one a variant
    id BIGINT, variant_id BIGINT, tracked BOOLEAN DEFAULT TRUE,
    unit_cost DECIMAL(18, 4),  -- shop currency
    created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ
);
CREATE TABLE locations (
    id BIGINT, name VARCHAR, is_active BOOLEAN DEFAULT TRUE,
    created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ
);
CREATE TABLE inventory_levels (  -- one an item and location; on hand = available + committed
    id BIGINT, inventory_item_id BIGINT, location_id BIGINT, available INTEGER,
    committed INTEGER DEFAULT 0, is_active BOOLEAN DEFAULT TRUE,
    created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ
);
CREATE TABLE collections (
    id BIGINT, title VARCHAR, handle VARCHAR, description_html VARCHAR DEFAULT '',
    updated_at TIMESTAMPTZ
);
CREATE TABLE customers (
    id BIGINT, email VARCHAR, first_name VARCHAR, last_name VARCHAR, tags VARCHAR[],
    created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ,
    redacted BOOLEAN DEFAULT FALSE  -- personal data are shown to nobody
);
CREATE TABLE orders (
    id BIGINT, name VARCHAR, customer_id BIGINT,  -- NULL: guest
    email VARCHAR, created_at TIMESTAMPTZ, processed_at TIMESTAMPTZ, updated_at TIMESTAMPTZ,
    cancelled_at TIMESTAMPTZ, cancel_reason VARCHAR, test BOOLEAN, source_name VARCHAR,
    currency_code VARCHAR, presentment_currency_code VARCHAR, presentment_rate DECIMAL(18, 6),
    financial_status VARCHAR,  -- PAID, PENDING, PARTIALLY_REFUNDED, REFUNDED, VOIDED
    fulfillment_status VARCHAR,  -- FULFILLED, UNFULFILLED
    subtotal_price DECIMAL(18, 4), total_discounts DECIMAL(18, 4),
    total_price DECIMAL(18, 4),  -- after edits, before returns
    current_total_price DECIMAL(18, 4),  -- after edits, returns and cancellation
    total_refunded DECIMAL(18, 4),
    taxes_included BOOLEAN DEFAULT FALSE,  -- in prices, discounts and refunds of lines
    total_tax DECIMAL(18, 4) DEFAULT 0,
    tags VARCHAR[] DEFAULT [], note VARCHAR,
    journey_ready BOOLEAN DEFAULT TRUE  -- until then nobody is told the order's visits
);
-- The sessions in the shop that preceded an order.
CREATE TABLE order_visits (
    id BIGINT, order_id BIGINT, occurred_at TIMESTAMPTZ, landing_page VARCHAR,
    referrer_url VARCHAR,
    source VARCHAR,  -- direct, email, a platform or a domain
    source_type VARCHAR,  -- a MarketingTactic, or NULL
    utm_source VARCHAR, utm_medium VARCHAR, utm_campaign VARCHAR, utm_content VARCHAR,
    utm_term VARCHAR
);
CREATE TABLE line_items (
    id BIGINT, order_id BIGINT, position INTEGER,
    product_id BIGINT, variant_id BIGINT,  -- NULL: deleted product or custom item
    title VARCHAR, variant_title VARCHAR, sku VARCHAR, vendor VARCHAR,
    quantity INTEGER,  -- as ordered, refunded and removed units included
    current_quantity INTEGER,  -- without them
    unit_price DECIMAL(18, 4),
    total_discount DECIMAL(18, 4),  -- all discounts allocated to the line
    is_gift_card BOOLEAN,
    tax DECIMAL(18, 4) DEFAULT 0  -- of the whole line
);
CREATE TABLE refunds (
    id BIGINT, order_id BIGINT, created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, note VARCHAR,
    total_refunded DECIMAL(18, 4)  -- money given back, line and order level
);
CREATE TABLE refund_line_items (
    id BIGINT, refund_id BIGINT, line_item_id BIGINT, quantity INTEGER,
    subtotal DECIMAL(18, 4), restock_type VARCHAR,  -- RETURN, CANCEL, NO_RESTOCK
    total_tax DECIMAL(18, 4) DEFAULT 0
);
-- What happened to things, above all what was deleted: `destroy` of a `subject_id` that is gone.
CREATE TABLE events (
    id BIGINT,
    subject_type VARCHAR,  -- an EventSubjectType such as PRODUCT
    subject_id BIGINT, action VARCHAR, created_at TIMESTAMPTZ, message VARCHAR
);
CREATE TABLE webhook_subscriptions (
    id BIGINT, topic VARCHAR,  -- a WebhookSubscriptionTopic such as ORDERS_PAID
    uri VARCHAR, format VARCHAR DEFAULT 'JSON', filter VARCHAR, include_fields VARCHAR[] DEFAULT [],
    name VARCHAR, api_version VARCHAR, created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ
);
