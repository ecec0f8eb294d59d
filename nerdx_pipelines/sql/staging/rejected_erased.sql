-- Of a rejected record that mentions somebody whose data were erased, keep just what was wrong.
CREATE OR REPLACE TEMP TABLE mentioning AS
SELECT source, record_id, raw FROM staging.rejected
WHERE
    raw IS NOT NULL
    AND (
        list_has_any(
            [address_mark('email ' || email_digest(told)) FOR told IN addresses_in(raw)],
            (SELECT list(mark) FROM staging.erased_addresses)
        )
        OR EXISTS (
            SELECT 1 FROM staging.redactions AS known
            WHERE known.kind = 'CUSTOMER' AND contains(rejected.raw, known.id::VARCHAR)
        )
    );

INSERT INTO staging.erased_names BY NAME
SELECT DISTINCT record_id AS name, FALSE AS is_out_of_files FROM mentioning
WHERE source = 'event' AND record_id IS NOT NULL;

UPDATE staging.rejected SET
    raw = NULL, reason = regexp_replace(reason, '[^\s"'':=]+(@|%40)[^\s"'':=]+', '(erased)', 'g')
WHERE raw IN (SELECT raw FROM mentioning);
