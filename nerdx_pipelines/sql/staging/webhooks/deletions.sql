-- Linted as if fields of bodies were columns. -- noqa: disable=CP02

-- Deletions of webhooks as the shop's list of them has them.
CREATE OR REPLACE TEMP TABLE raw_deletion AS
SELECT
    webhook_id AS id, kind AS subjectType,
    'gid://shopify/' || upper(kind[1]) || lower(kind[2:]) || '/' || resource_id AS subjectId,
    date_trunc('second', triggered_at) AS createdAt
FROM landed.deletions
WHERE webhook_id IN (SELECT webhook_id FROM fresh);

SET VARIABLE deletion_file = NULL;
