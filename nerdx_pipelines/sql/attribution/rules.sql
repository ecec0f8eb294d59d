-- Every day with orders has to be made again if the `rules` are others than the credits that are
-- stored were made by: windows, policies, half-life, or what this project makes of them. Where
-- none are stored yet, no day has to be made that nobody asked for.
INSERT INTO staging.changed_days
SELECT
    (FROM staging.last_change) + row_number() OVER (ORDER BY day),
    day, 'rules', now()
FROM (SELECT DISTINCT order_day AS day FROM staging.orders)
WHERE
    getvariable('rules') IS DISTINCT FROM (SELECT max(made_by.rules) FROM attribution.made_by)
    AND EXISTS (SELECT 1 FROM attribution.line_credits)
ORDER BY day;

DELETE FROM attribution.made_by;
INSERT INTO attribution.made_by SELECT getvariable('rules');
