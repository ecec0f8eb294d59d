-- One row: an order line whose product is in the graph.
SELECT
    line.order_id::VARCHAR AS purchase_id,
    line.product_id::VARCHAR AS product_id,
    line.line_id::VARCHAR AS line_id,
    line.quantity,
    line.unit_price::DOUBLE AS price
FROM staging.order_lines AS line
SEMI JOIN graph_purchase ON line.order_id::VARCHAR = graph_purchase.purchase_id
SEMI JOIN graph_product ON line.product_id::VARCHAR = graph_product.shopify_id
