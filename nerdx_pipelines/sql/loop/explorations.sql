-- What chance has put into the lists, since when and until when: only what changed is written.
UPDATE loop.explorations SET offered_to = now()
WHERE
    offered_to IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM loop.recommendations AS lists
        WHERE
            lists.is_exploration
            AND lists.user_id = explorations.user_id AND lists.slot = explorations.slot
            AND lists.rank = explorations.rank
            AND coalesce(lists.content_id, lists.product_id::VARCHAR)
            = coalesce(explorations.content_id, explorations.product_id::VARCHAR)
    );

INSERT INTO loop.explorations BY NAME
SELECT
    lists.user_id, lists.slot, lists.rank, lists.product_id, lists.content_id,
    now() AS offered_from
FROM loop.recommendations AS lists
WHERE
    lists.is_exploration
    AND (lists.user_id, lists.slot, lists.rank) NOT IN (
        SELECT (user_id, slot, rank) FROM loop.explorations
        WHERE offered_to IS NULL
    )
ORDER BY lists.user_id, lists.slot, lists.rank;
