-- What was known when the month began, and who is looked at: of facts as they were then.

-- Read once, for they are asked for many times.
CREATE OR REPLACE TEMP TABLE past_lines AS
FROM kept_lines;

CREATE OR REPLACE TEMP TABLE past_touches AS
FROM known_touches;

CREATE OR REPLACE TEMP VIEW kept_lines AS
FROM past_lines;

-- What was on sale then nobody knows now; what had been bought could be recommended.
CREATE OR REPLACE TEMP VIEW sellable_products AS
SELECT DISTINCT product_id
FROM past_lines;

-- One row: a product that was bought, before or in the month.
CREATE OR REPLACE TEMP TABLE world_products AS
SELECT product_id, row_number() OVER (ORDER BY product_id) - 1 AS product_number
FROM (
    SELECT product_id FROM past_lines
    UNION
    SELECT product_id FROM month_lines
);

-- One row: a product that had been bought by many, the most popular is 0.
CREATE OR REPLACE TEMP TABLE world_items AS
SELECT product_id, row_number() OVER (ORDER BY buyers DESC, product_id) - 1 AS item_number
FROM (
    SELECT product_id, count(DISTINCT user_id) AS buyers
    FROM past_lines
    GROUP BY product_id
    ORDER BY buyers DESC, product_id ASC
    LIMIT (getvariable('most_bought'))
);

-- One row: somebody known who bought in the month; of very many, some that stay the same.
CREATE OR REPLACE TEMP TABLE world_users AS
SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS user_number
FROM (
    SELECT DISTINCT user_id
    FROM month_lines
    WHERE
        user_id IN (SELECT past_lines.user_id FROM past_lines)
        OR user_id IN (SELECT past_touches.user_id FROM past_touches)
    ORDER BY hash(user_id), user_id
    LIMIT (getvariable('most_users'))
);

-- One row: what one of them bought in the month, and whether for the first time.
CREATE OR REPLACE TEMP TABLE world_purchases AS
SELECT
    world_users.user_number, world_products.product_number,
    bool_and(past_lines.user_id IS NULL) AS is_novel
FROM month_lines
INNER JOIN world_users USING (user_id)
INNER JOIN world_products USING (product_id)
LEFT JOIN past_lines
    ON
        month_lines.user_id = past_lines.user_id
        AND month_lines.product_id = past_lines.product_id
GROUP BY world_users.user_number, world_products.product_number;
