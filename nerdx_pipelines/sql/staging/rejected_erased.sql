-- Of a rejected record that mentions somebody whose data were erased, keep just what was wrong.
UPDATE staging.rejected SET
    raw = NULL, reason = regexp_replace(reason, '[^\s"'':=]+(@|%40)[^\s"'':=]+', '(erased)', 'g')
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
