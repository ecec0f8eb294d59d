-- What became of the webhooks of customers.
INSERT INTO outcomes
SELECT
    told.webhook_id, if(told.customer_id IN (SELECT customer_id FROM newer), 'applied', 'deleted')
FROM landed.customers AS told
WHERE
    told.webhook_id IN (SELECT webhook_id FROM fresh)
    AND (
        told.customer_id IN (SELECT customer_id FROM newer)
        OR told.customer_id IN (SELECT id FROM staging.tombstones WHERE kind = 'CUSTOMER')
    );
