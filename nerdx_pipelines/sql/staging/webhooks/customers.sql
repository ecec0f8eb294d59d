-- Linted as if fields of bodies were columns. -- noqa: disable=CP02

-- Customers of webhooks as pulls bring them; an e-mail that a body leaves out stays as it is known.
CREATE OR REPLACE TEMP TABLE raw_customer AS
SELECT
    'gid://shopify/Customer/' || told.customer_id AS id,
    { emailAddress: if(told.has_email, told.email, known.email) } AS defaultEmailAddress,
    told.created_at AS createdAt, told.updated_at AS updatedAt
FROM landed.customers AS told
LEFT JOIN staging.customers AS known ON told.customer_id = known.customer_id
WHERE
    told.webhook_id IN (SELECT webhook_id FROM fresh)
    AND told.webhook_id NOT IN (SELECT webhook_id FROM passed)
    -- Nor what a pull has seen the same second of since.
    AND NOT EXISTS (
        SELECT 1 FROM staging.pulls
        WHERE
            known.updated_at = told.updated_at AND pulls.resource = 'customers'
            AND pulls.pulled_at > told.triggered_at
    );

SET VARIABLE customer_file = NULL;
