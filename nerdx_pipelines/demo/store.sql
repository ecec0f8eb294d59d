-- The demo store's own database: what a Shopify shop knows, in Shopify's words.
-- Written once by demo/dataset.py from a data folder, read by the HTTP server.
-- Money is in the shop's currency; presentment = shop amount * presentment_rate.
CREATE TABLE shop (
    id BIGINT, name VARCHAR, myshopify_domain VARCHAR, email VARCHAR,
    iana_timezone VARCHAR, currency_code VARCHAR, created_at TIMESTAMPTZ
);
CREATE TABLE products (
    id BIGINT, title VARCHAR, handle VARCHAR, product_type VARCHAR, vendor VARCHAR,
    status VARCHAR,  -- ACTIVE, DRAFT, ARCHIVED
    tags VARCHAR[], created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, published_at TIMESTAMPTZ
);
CREATE TABLE product_variants (
    id BIGINT, product_id BIGINT, title VARCHAR, sku VARCHAR, position INTEGER,
    price DECIMAL(18, 4), inventory_quantity INTEGER,
    created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ
);
CREATE TABLE customers (
    id BIGINT, email VARCHAR, first_name VARCHAR, last_name VARCHAR, tags VARCHAR[],
    created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ
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
    total_refunded DECIMAL(18, 4)
);
CREATE TABLE line_items (
    id BIGINT, order_id BIGINT, position INTEGER,
    product_id BIGINT, variant_id BIGINT,  -- NULL: deleted product or custom item
    title VARCHAR, variant_title VARCHAR, sku VARCHAR, vendor VARCHAR,
    quantity INTEGER,  -- as ordered, refunded and removed units included
    current_quantity INTEGER,  -- without them
    unit_price DECIMAL(18, 4),
    total_discount DECIMAL(18, 4),  -- all discounts allocated to the line
    is_gift_card BOOLEAN
);
CREATE TABLE refunds (
    id BIGINT, order_id BIGINT, created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, note VARCHAR,
    total_refunded DECIMAL(18, 4)  -- money given back, line and order level
);
CREATE TABLE refund_line_items (
    id BIGINT, refund_id BIGINT, line_item_id BIGINT, quantity INTEGER,
    subtotal DECIMAL(18, 4), restock_type VARCHAR  -- RETURN, CANCEL, NO_RESTOCK
);
