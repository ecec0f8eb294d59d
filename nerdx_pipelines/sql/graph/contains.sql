-- One row: an order line whose product is in the graph.
SELECT
    order_lines.order_id::VARCHAR AS purchase_id,
    order_lines.product_id::VARCHAR AS product_id,
    order_lines.line_id::VARCHAR AS line_id,
    order_lines.quantity,
    order_lines.unit_price::DOUBLE AS price
FROM staging.order_lines
SEMI JOIN graph_purchase ON order_lines.order_id::VARCHAR = graph_purchase.purchase_id
SEMI JOIN graph_product ON order_lines.product_id::VARCHAR = graph_product.shopify_id
