-- What was known before the days held out, read once; and whose lists are judged by what, in
-- numbers from 0.
CREATE OR REPLACE TEMP TABLE owned AS
SELECT DISTINCT user_id, product_id
FROM kept_lines;

-- One row: somebody who bought in the days held out, and before: else nobody can have a list. Of
-- very many some, the same ones each time: more make intervals little narrower.
CREATE OR REPLACE TEMP TABLE evaluation_users AS
SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS user_number
FROM (
    SELECT DISTINCT user_id
    FROM held_out
    SEMI JOIN owned USING (user_id)
    ORDER BY hash(user_id), user_id
    LIMIT (getvariable('most_users'))
);

-- One row: a product that was bought, before or in the days held out.
CREATE OR REPLACE TEMP TABLE evaluation_products AS
SELECT product_id, row_number() OVER (ORDER BY product_id) - 1 AS product_number
FROM (
    SELECT product_id FROM owned
    UNION
    SELECT product_id FROM held_out
);

-- One row: what one of the users bought, and whether for the first time.
CREATE OR REPLACE TEMP TABLE truth AS
SELECT
    users.user_number, products.product_number, owned.user_id IS NULL AS is_novel
FROM held_out
INNER JOIN evaluation_users AS users USING (user_id)
INNER JOIN evaluation_products AS products USING (product_id)
LEFT JOIN owned
    ON held_out.user_id = owned.user_id AND held_out.product_id = owned.product_id
ORDER BY users.user_number, products.product_number;

-- Lists that speak of ids, in numbers.
CREATE OR REPLACE TEMP MACRO numbered(lists) AS TABLE  -- noqa: CP05
    SELECT users.user_number, lists.rank, products.product_number
    FROM query_table(lists) AS lists
    INNER JOIN evaluation_users AS users USING (user_id)
    INNER JOIN evaluation_products AS products USING (product_id);
