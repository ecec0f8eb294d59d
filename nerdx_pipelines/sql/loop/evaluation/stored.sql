-- Adds the figures `found` to those of earlier evaluations. One that found the very same of the
-- same days is forgotten: it was this one.
CREATE OR REPLACE TEMP TABLE evaluated AS
SELECT
    getvariable('split_at')::TIMESTAMPTZ AS split_at,
    getvariable('held_out_days')::INTEGER AS held_out_days,
    recommender, items, metric, value::DOUBLE AS value, low::DOUBLE AS low, high::DOUBLE AS high,
    users::BIGINT AS users, lead::DOUBLE AS lead, lead_low::DOUBLE AS lead_low,
    lead_high::DOUBLE AS lead_high
FROM found;

DELETE FROM loop.evaluation
WHERE
    evaluated_at IN (
        SELECT evaluated_at
        FROM loop.evaluation
        GROUP BY evaluated_at
        HAVING
            fingerprint(row(
                split_at, held_out_days, recommender, items, metric, value, low, high, users,
                lead, lead_low, lead_high
            )) = (
                SELECT
                    fingerprint(row(
                        split_at, held_out_days, recommender, items, metric, value, low, high,
                        users, lead, lead_low, lead_high
                    ))
                FROM evaluated
            )
    );

INSERT INTO loop.evaluation BY NAME
SELECT *, getvariable('evaluated_at')::TIMESTAMPTZ AS evaluated_at
FROM evaluated;
