-- Keep what `faulty` holds, and forget what was rejected of the same files or has come well since
-- (good_records).
DELETE FROM staging.rejected
WHERE
    (source, file) IN (
        SELECT source, file FROM faulty
        UNION
        SELECT * FROM read_files
    )
    OR record_id IN (SELECT id FROM good_records)
    OR parent_id IN (SELECT id FROM good_records);

INSERT INTO staging.rejected BY NAME
SELECT DISTINCT *, now() AS rejected_at FROM faulty
ORDER BY ALL;
