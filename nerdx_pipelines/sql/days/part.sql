-- The days of `part`, one row each, in place of all of days_to_do. All rows that they are made of
-- are of from_day..to_day, or of so many days around as the window has.
CREATE OR REPLACE TEMP TABLE days_to_do AS
SELECT unnest(getvariable('part')::DATE[]) AS day;
SET VARIABLE from_day = (SELECT min(day) FROM days_to_do);
SET VARIABLE to_day = (SELECT max(day) FROM days_to_do);
