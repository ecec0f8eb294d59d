-- One row: an order line whose product is in the graph. net_units: what it can earn content, in
-- minor units; NULL if it cannot, as in credits.
SELECT
    order_lines.order_id::VARCHAR AS purchase_id,
    order_lines.product_id::VARCHAR AS product_id,
    order_lines.line_id::VARCHAR AS line_id,
    order_lines.quantity,
    order_lines.unit_price::DOUBLE AS price,
    to_minor(live_lines.net_revenue, live_lines.currency)::BIGINT AS net_units
FROM staging.order_lines
LEFT JOIN staging.live_lines ON order_lines.line_id = live_lines.line_id
SEMI JOIN graph_purchase ON order_lines.order_id::VARCHAR = graph_purchase.purchase_id
SEMI JOIN graph_product ON order_lines.product_id::VARCHAR = graph_product.shopify_id
