-- One row a content that the catalogue knows.
SELECT content_id
FROM staging.content
