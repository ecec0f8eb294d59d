-- Remember the anonymous ids that are known by now to be somebody whose data were erased.
INSERT INTO staging.erased_names BY NAME
SELECT known_ids.anonymous_id AS name, FALSE AS is_out_of_files
FROM staging.known_ids
INNER JOIN staging.redactions ON known_ids.customer_id = redactions.id
WHERE
    redactions.kind = 'CUSTOMER'
    AND NOT starts_with(known_ids.anonymous_id, 'erased ')
    AND known_ids.anonymous_id NOT IN (SELECT name FROM staging.erased_names);
