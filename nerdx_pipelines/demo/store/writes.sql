-- Tables of the demo store that only writing needs, beside those of demo/store.sql.
CREATE TABLE last_ids (  -- so that the number of what was deleted is never given again
    resource VARCHAR, id BIGINT
);
CREATE TABLE idempotency_keys (
    key VARCHAR, operation VARCHAR,
    fingerprint VARCHAR,  -- of the operation's arguments
    payload VARCHAR,  -- what the first request was answered, as JSON
    created_at TIMESTAMPTZ
);
CREATE TABLE metafield_definitions (  -- the standard ones that were enabled
    id BIGINT, owner_type VARCHAR, namespace VARCHAR, key VARCHAR, type VARCHAR, name VARCHAR
);
CREATE TABLE metafields (
    id BIGINT, owner_type VARCHAR, owner_id BIGINT, namespace VARCHAR, key VARCHAR, type VARCHAR,
    value VARCHAR, created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ
);
