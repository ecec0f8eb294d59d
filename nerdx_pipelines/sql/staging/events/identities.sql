-- Work out who the identify events say somebody is: the customer they name, or the only one with
-- their e-mail address. An address that stands for somebody without any other id does so as well.
-- The ids of whom something else is said than before are in `moved_ids`.
CREATE OR REPLACE TEMP TABLE told_identities AS
WITH claims AS (  -- one row an id and who it is said to be
    SELECT DISTINCT
        unnest(if(
            type = 'identify' AND site_user_id IS NOT NULL,
            [anonymous_id, site_user_id], [anonymous_id]
        )) AS anonymous_id,
        user_id, if(user_id IS NULL, email_digest, NULL) AS email_digest
    FROM staging.events
    WHERE type = 'identify' OR starts_with(anonymous_id, 'email ')
),

addresses AS (  -- one row an address that one customer alone has
    SELECT email_digest, any_value(customer_id) AS customer_id
    FROM (
        SELECT email_digest(email) AS email_digest, customer_id FROM staging.customers
        WHERE email IS NOT NULL AND EXISTS (SELECT 1 FROM claims WHERE email_digest IS NOT NULL)
    )
    GROUP BY email_digest
    HAVING count(DISTINCT customer_id) = 1
)

SELECT DISTINCT
    claims.anonymous_id, coalesce(claims.user_id, addresses.customer_id) AS customer_id
FROM claims
LEFT JOIN addresses USING (email_digest)
WHERE coalesce(claims.user_id, addresses.customer_id) IS NOT NULL;

CREATE OR REPLACE TEMP TABLE moved_ids AS
WITH former AS (
    SELECT anonymous_id, customer_id FROM staging.identities
    WHERE source = 'events'
)

SELECT anonymous_id FROM told_identities
ANTI JOIN former USING (anonymous_id, customer_id)
UNION
SELECT anonymous_id FROM former
ANTI JOIN told_identities USING (anonymous_id, customer_id);

CREATE OR REPLACE TEMP TABLE former_known AS
FROM staging.known_ids
SEMI JOIN moved_ids USING (anonymous_id);

DELETE FROM staging.identities
WHERE source = 'events' AND anonymous_id IN (SELECT anonymous_id FROM moved_ids);
INSERT INTO staging.identities BY NAME
SELECT *, 'events' AS source FROM told_identities
SEMI JOIN moved_ids USING (anonymous_id)
ORDER BY ALL;
