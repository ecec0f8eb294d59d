-- What became of the webhooks of products.
INSERT INTO outcomes
SELECT told.webhook_id, if(told.product_id IN (SELECT product_id FROM newer), 'applied', 'deleted')
FROM landed.products AS told
WHERE
    told.webhook_id IN (SELECT webhook_id FROM fresh)
    AND (
        told.product_id IN (SELECT product_id FROM newer)
        OR told.product_id IN (SELECT id FROM staging.tombstones WHERE kind = 'PRODUCT')
    );
