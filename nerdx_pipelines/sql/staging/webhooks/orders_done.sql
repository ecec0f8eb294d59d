-- What became of the webhooks of orders and refunds.
INSERT INTO outcomes
SELECT
    told.webhook_id,
    CASE
        WHEN told.order_id IN (SELECT order_id FROM newer) THEN 'applied'
        WHEN told.order_id IN (SELECT id FROM staging.tombstones WHERE kind = 'ORDER')
            THEN 'deleted'
        WHEN told.order_id IN (SELECT order_id FROM staging.orders) THEN 'old'
        ELSE 'apart'
    END
FROM landed.orders AS told
WHERE told.webhook_id IN (SELECT webhook_id FROM fresh)
UNION ALL
SELECT
    told.webhook_id,
    CASE
        WHEN told.refund_id IN (SELECT refund_id FROM staging.refunds) THEN 'applied'
        WHEN told.order_id IN (SELECT id FROM staging.tombstones WHERE kind = 'ORDER')
            THEN 'deleted'
        ELSE 'waiting'
    END
FROM landed.refunds AS told
WHERE told.is_alone AND told.webhook_id IN (SELECT webhook_id FROM fresh);

-- In another currency than the shop's, what was given back is only estimated.
INSERT INTO asked
SELECT DISTINCT told.webhook_id FROM landed.refunds AS told
INNER JOIN staging.orders ON told.order_id = orders.order_id
WHERE told.currency <> orders.currency AND told.webhook_id IN (SELECT webhook_id FROM fresh);
