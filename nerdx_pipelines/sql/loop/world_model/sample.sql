-- From here on, only the users who are looked at have tastes. Kept, for they are asked for many
-- times.
CREATE OR REPLACE TEMP TABLE sampled_lines AS
FROM past_lines
SEMI JOIN world_users USING (user_id);

CREATE OR REPLACE TEMP TABLE sampled_touches AS
FROM past_touches
SEMI JOIN world_users USING (user_id);

CREATE OR REPLACE TEMP TABLE past_attributes AS
FROM product_attributes;

CREATE OR REPLACE TEMP VIEW kept_lines AS
FROM sampled_lines;

CREATE OR REPLACE TEMP VIEW known_touches AS
FROM sampled_touches;

CREATE OR REPLACE TEMP VIEW product_attributes AS
FROM past_attributes;

-- One row: a value that a product of world_items has.
CREATE OR REPLACE TEMP TABLE world_values AS
SELECT family, value, row_number() OVER (ORDER BY family, value) - 1 AS value_number
FROM (
    SELECT DISTINCT family, value
    FROM product_attributes
    SEMI JOIN world_items USING (product_id)
);
