-- One row: a gate. How many times the baseline's figure ours is, now and at the evaluation before;
-- a multiple, since months differ and both are of the same one. The upper end is of the paired
-- interval of our lead.
WITH evaluations AS (
    SELECT evaluated_at, row_number() OVER (ORDER BY evaluated_at DESC) AS place
    FROM loop.evaluation
    GROUP BY evaluated_at
),

gates AS (
    SELECT
        evaluations.place, baseline.items, baseline.metric, baseline.recommender,
        baseline.value, baseline.lead, baseline.lead_low, baseline.lead_high
    FROM loop.evaluation AS baseline
    INNER JOIN evaluations USING (evaluated_at)
    WHERE
        baseline.metric IN ('recall', 'ndcg')
        AND (baseline.items, baseline.recommender)
        IN (('all', 'decayed_frequency'), ('novel', 'ease'))
)

SELECT
    latest.items, latest.metric, latest.recommender AS baseline, latest.value AS baseline_value,
    latest.lead, latest.lead_low, latest.lead_high,
    1 + latest.lead / nullif(latest.value, 0) AS multiple,
    1 + latest.lead_high / nullif(latest.value, 0) AS multiple_high,
    1 + former.lead / nullif(former.value, 0) AS multiple_before
FROM gates AS latest
LEFT JOIN gates AS former
    ON latest.items = former.items AND latest.metric = former.metric AND former.place = 2
WHERE latest.place = 1
ORDER BY latest.items, latest.metric
