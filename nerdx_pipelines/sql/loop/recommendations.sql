-- One row a place in a list, with what chance has put there.
SELECT
    lists.user_id, lists.slot, lists.rank,
    if(explored.user_id IS NULL, lists.product_id, explored.product_id) AS product_id,
    if(explored.user_id IS NULL, lists.score, 0) AS score, getvariable('as_of') AS as_of,
    coalesce(explored.content_id, lists.content_id) AS content_id,
    explored.user_id IS NOT NULL AS is_exploration
FROM best_lists AS lists
LEFT JOIN explored_places AS explored USING (user_id, slot, rank)
ORDER BY lists.user_id, lists.slot, lists.rank
