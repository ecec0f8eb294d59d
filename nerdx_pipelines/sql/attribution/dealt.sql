-- One row an amount of a line and a content of its path, with what each model gives: the line's
-- minor units, dealt out by largest remainder, ties by content_id. The result is exact, sums to
-- the amount, and does not depend on any order of rows. A view: to store it would take as long as
-- to make it.

-- part / whole of the units, rounded down, and what is left over that; no product gets too large.
CREATE OR REPLACE TEMP MACRO portion(units, part, whole) AS  -- noqa: CP05
units // whole * part + units % whole * part // whole;
CREATE OR REPLACE TEMP MACRO left_over(units, part, whole) AS  -- noqa: CP05
units % whole * part % whole;

CREATE OR REPLACE TEMP MACRO nearest(units, part, whole) AS  -- noqa: CP05
(units::DOUBLE * (part::DOUBLE / whole::DOUBLE))::BIGINT;
-- The same as portion of fewer than 2^50 units where the whole is one of 128 bits, which take long
-- to divide: the nearest integer that doubles give is at most one too many.
CREATE OR REPLACE TEMP MACRO quotient(units, part, whole) AS  -- noqa: CP05
nearest(units, part, whole)
- (nearest(units, part, whole)::HUGEINT * whole > units::HUGEINT * part)::BIGINT;

-- Whether a content, the nth of them by name, gets one of the units that are left. Of two the one
-- with more than half a unit does, for the other has the rest of it; of more, the first by place.
CREATE OR REPLACE TEMP MACRO one_more(contents, nth, own, whole, place, spare) AS  -- noqa: CP05
CASE contents
    WHEN 1 THEN 0
    WHEN 2 THEN (2 * own > whole OR (2 * own = whole AND nth = 1))::BIGINT
    ELSE (place <= spare)::BIGINT
END;

CREATE OR REPLACE TEMP VIEW dealt AS
WITH quotas AS NOT MATERIALIZED (  -- before the units that are left over are dealt out
    SELECT
        paths.*, amounts.* EXCLUDE (line_id),
        portion(amounts.units, paths.touchpoints, paths.length) AS linear_units,
        left_over(amounts.units, paths.touchpoints, paths.length) AS linear_left,
        portion(amounts.units, paths.position_part, paths.position_whole) AS position_units,
        left_over(amounts.units, paths.position_part, paths.position_whole) AS position_left,
        CASE
            WHEN paths.contents = 1 THEN amounts.units
            WHEN amounts.units < 1125899906842624  -- 2^50
                THEN quotient(amounts.units, paths.decay, paths.decay_whole)
            ELSE (amounts.units::HUGEINT * paths.decay // paths.decay_whole)::BIGINT
        END AS decay_units,
        amounts.units::HUGEINT * paths.decay - decay_units::HUGEINT * paths.decay_whole
            AS decay_left
    FROM paths
    INNER JOIN amounts USING (line_id)
),

ranks AS (  -- of what is left of each content, and how many units of the line are left to deal
    SELECT
        line_id, step, content_rank,
        row_number() OVER (amount ORDER BY linear_left DESC, content_rank) AS linear_rank,
        row_number() OVER (amount ORDER BY position_left DESC, content_rank) AS position_rank,
        row_number() OVER (amount ORDER BY decay_left DESC, content_rank) AS decay_rank,
        units - sum(linear_units) OVER amount AS linear_spare,
        units - sum(position_units) OVER amount AS position_spare,
        units - sum(decay_units) OVER amount AS decay_spare
    FROM quotas
    WHERE contents > 2
    WINDOW amount AS (PARTITION BY line_id, step)
)

SELECT
    quotas.* EXCLUDE (
        linear_units, linear_left, position_units, position_left, decay_units, decay_left
    ),
    quotas.linear_units + one_more(
        quotas.contents, quotas.content_rank, quotas.linear_left, quotas.length,
        ranks.linear_rank, ranks.linear_spare
    ) AS linear_units,
    quotas.position_units + one_more(
        quotas.contents, quotas.content_rank, quotas.position_left, quotas.position_whole,
        ranks.position_rank, ranks.position_spare
    ) AS position_units,
    quotas.decay_units + one_more(
        quotas.contents, quotas.content_rank, quotas.decay_left, quotas.decay_whole,
        ranks.decay_rank, ranks.decay_spare
    ) AS decay_units,
    quotas.units // quotas.contents
    + (quotas.content_rank <= quotas.units % quotas.contents)::BIGINT AS set_units
FROM quotas
LEFT JOIN ranks USING (line_id, step, content_rank);
