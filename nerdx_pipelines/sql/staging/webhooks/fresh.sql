-- One row a webhook that was not applied before. What becomes of each goes to `outcomes`, and
-- those that cannot do without a pull to `asked`.
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT webhook_id FROM landed.webhooks
WHERE webhook_id NOT IN (SELECT webhook_id FROM staging.webhook_log);

CREATE OR REPLACE TEMP TABLE outcomes (webhook_id VARCHAR, outcome VARCHAR);

CREATE OR REPLACE TEMP TABLE asked AS
SELECT webhook_id FROM landed.versions
WHERE asks_for_pull AND webhook_id IN (SELECT webhook_id FROM fresh);

-- Newest wins by updated_at, which has no fractions of a second: of versions of the same second
-- the one that was triggered last, and none that was triggered before a pull saw that second.
CREATE OR REPLACE TEMP TABLE passed AS
SELECT told.webhook_id
FROM landed.versions AS told
INNER JOIN landed.webhooks USING (webhook_id)
INNER JOIN staging.webhook_log AS known
    ON
        told.kind = known.kind AND told.resource_id = known.resource_id
        AND told.updated_at = known.updated_at
WHERE
    known.outcome = 'applied'
    AND (known.triggered_at, known.webhook_id) > (webhooks.triggered_at, told.webhook_id);

-- What could not be read, as statements expect it that read whole files.
CREATE OR REPLACE TEMP TABLE read_files (source VARCHAR, file VARCHAR);
CREATE OR REPLACE TEMP TABLE unreadable (
    source VARCHAR, record_id VARCHAR, parent_id VARCHAR, reason VARCHAR, raw VARCHAR, file VARCHAR
);
INSERT INTO outcomes
SELECT DISTINCT webhook_id, 'rejected' FROM landed.faults
WHERE webhook_id IN (SELECT webhook_id FROM fresh);

-- What was deleted or demanded is done whatever else is told of it.
INSERT INTO outcomes
SELECT webhook_id, 'applied' FROM landed.deletions
WHERE webhook_id IN (SELECT webhook_id FROM fresh)
UNION ALL
SELECT webhook_id, 'applied' FROM landed.demands
WHERE webhook_id IN (SELECT webhook_id FROM fresh);
