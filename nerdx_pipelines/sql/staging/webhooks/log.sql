-- One row a webhook, whatever became of it: none is applied again.
INSERT INTO staging.webhook_log BY NAME
SELECT
    webhooks.webhook_id, webhooks.topic, webhooks.shop_domain, versions.kind, versions.resource_id,
    versions.updated_at, webhooks.triggered_at, webhooks.received_at, now() AS applied_at,
    CASE
        WHEN outcomes.outcome IS NOT NULL THEN outcomes.outcome
        WHEN versions.kind IS NULL THEN 'ignored'
        WHEN versions.asks_for_pull THEN 'pull'
        ELSE 'old'
    END AS outcome,
    webhooks.segment
FROM landed.webhooks
INNER JOIN fresh USING (webhook_id)
LEFT JOIN landed.versions USING (webhook_id)
LEFT JOIN outcomes USING (webhook_id)
ORDER BY webhooks.received_at, webhooks.webhook_id;
