-- What became of the webhooks of orders and refunds.
INSERT INTO outcomes
SELECT webhook_id, 'applied' FROM landed.orders
INNER JOIN newer USING (order_id)
WHERE webhook_id IN (SELECT webhook_id FROM fresh)
UNION ALL
SELECT webhook_id, 'deleted' FROM landed.orders
WHERE
    webhook_id IN (SELECT webhook_id FROM fresh)
    AND order_id IN (SELECT id FROM staging.tombstones WHERE kind = 'ORDER')
UNION ALL
SELECT webhook_id, 'apart' FROM landed.orders
WHERE
    webhook_id IN (SELECT webhook_id FROM fresh)
    AND order_id NOT IN (SELECT order_id FROM staging.orders)
    AND order_id NOT IN (SELECT id FROM staging.tombstones WHERE kind = 'ORDER')
UNION ALL
SELECT webhook_id, if(refund_id IN (SELECT refund_id FROM staging.refunds), 'applied', 'waiting')
FROM landed.refunds
WHERE
    is_alone AND webhook_id IN (SELECT webhook_id FROM fresh)
    AND refund_id IN (SELECT refund_id FROM staging.waiting_refunds)
UNION ALL
SELECT webhook_id, 'pull' FROM landed.versions
WHERE asks_for_pull AND webhook_id IN (SELECT webhook_id FROM fresh);

INSERT INTO asked
SELECT webhook_id FROM outcomes
WHERE outcome = 'pull';
