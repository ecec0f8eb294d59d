-- Have the contents in `contents` feature the product `product_id` from now on. It is told twice:
-- for the figures, and for when the content folder, which does not know of it, is read again.
INSERT INTO staging.created_features BY NAME
SELECT told.content_id, getvariable('product_id')::BIGINT AS product_id, now() AS valid_from
FROM (SELECT unnest(getvariable('contents')) AS content_id) AS told
ANTI JOIN staging.created_features AS known
    ON told.content_id = known.content_id AND known.product_id = getvariable('product_id')::BIGINT;

INSERT INTO staging.content_products BY NAME
SELECT content_id, product_id, valid_from
FROM staging.created_features AS told
SEMI JOIN staging.content USING (content_id)
WHERE
    product_id = getvariable('product_id')::BIGINT
    AND NOT EXISTS (
        SELECT 1
        FROM staging.content_products AS known
        WHERE
            known.content_id = told.content_id AND known.product_id = told.product_id
            AND known.valid_from IS NOT DISTINCT FROM told.valid_from
    );
