-- One row: a place in one of a user's lists, of a product that is in the graph.
SELECT
    lists.user_id::VARCHAR AS user_id,
    lists.product_id::VARCHAR AS product_id,
    lists.slot,
    lists.rank,
    seen(lists.score) AS score
FROM loop.recommendations AS lists
SEMI JOIN graph_user ON lists.user_id::VARCHAR = graph_user.shopify_id
SEMI JOIN graph_product ON lists.product_id::VARCHAR = graph_product.shopify_id
