-- One row a webhook that is logged twice, or a refund that is stored twice.
SELECT 'webhook' AS what, webhook_id AS id FROM staging.webhook_log
GROUP BY webhook_id
HAVING count(*) > 1
UNION ALL
SELECT 'refund', refund_id::VARCHAR FROM staging.refunds
GROUP BY refund_id
HAVING count(*) > 1;
