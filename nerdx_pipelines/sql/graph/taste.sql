-- One row: a value that somebody has a taste for.
SELECT DISTINCT
    family || ': ' || value AS taste_id,
    family,
    value
FROM loop.taste_profiles
