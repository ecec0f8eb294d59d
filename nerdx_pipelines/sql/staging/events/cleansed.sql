-- The told_events as they may be kept: one that names an erased address is of the customer whose
-- it was, known by that id alone; of a shop that went, no address is that was received by then.
CREATE OR REPLACE TEMP VIEW read_events AS
SELECT
    told.* REPLACE (
        if(erased.mark IS NULL AND NOT told.is_of_shop, told.email_digest, NULL) AS email_digest,
        coalesce(told.user_id, erased.customer_id) AS user_id,
        CASE
            WHEN NOT starts_with(told.anonymous_id, 'email ') THEN told.anonymous_id
            WHEN erased.mark IS NOT NULL THEN 'erased ' || erased.customer_id
            WHEN NOT told.is_of_shop THEN told.anonymous_id
        END AS anonymous_id
    )
FROM (
    SELECT told_events.*, coalesce(told_events.received_at <= gone.last_at, FALSE) AS is_of_shop
    FROM told_events
    CROSS JOIN (
        SELECT max(redacted_at) AS last_at FROM staging.redactions
        WHERE kind = 'SHOP'
    ) AS gone
) AS told
LEFT JOIN staging.erased_customers AS erased
    ON address_mark('email ' || told.email_digest) = erased.mark;
