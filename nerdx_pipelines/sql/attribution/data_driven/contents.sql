-- One row a content that a journey may touch, by number, with what it may be counted as.
SELECT
    numbered.content_id, coalesce(content.content_type, '(none)') AS content_type,
    coalesce(content.creator, '(none)') AS creator
FROM numbered_contents AS numbered
LEFT JOIN staging.content USING (content_id)
ORDER BY numbered.number;
