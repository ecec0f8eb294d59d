-- One row: a place in one of a user's lists, of a content that is in the graph.
SELECT
    lists.user_id::VARCHAR AS user_id,
    lists.content_id,
    lists.slot,
    lists.rank,
    seen(lists.score) AS score
FROM loop.recommendations AS lists
SEMI JOIN graph_user ON lists.user_id::VARCHAR = graph_user.shopify_id
SEMI JOIN graph_content ON lists.content_id = graph_content.content_id
