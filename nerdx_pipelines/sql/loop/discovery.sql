-- Who bought what, for the discovery slot: users and the most bought products, each numbered
-- from 0 in order of id, and the pairs of them.
CREATE OR REPLACE TEMP TABLE discovery_items AS
SELECT
    product_id, row_number() OVER (ORDER BY product_id) - 1 AS item_number,
    product_id IN (SELECT product_id FROM sellable_products) AS sellable
FROM (
    SELECT product_id
    FROM kept_lines
    GROUP BY product_id
    ORDER BY count(DISTINCT user_id) DESC, product_id ASC
    LIMIT (getvariable('most_bought'))
);

CREATE OR REPLACE TEMP TABLE discovery_users AS
SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS user_number
FROM (SELECT DISTINCT user_id FROM kept_lines SEMI JOIN discovery_items USING (product_id));

CREATE OR REPLACE TEMP TABLE discovery_pairs AS
SELECT DISTINCT users.user_number, items.item_number
FROM kept_lines
INNER JOIN discovery_users AS users USING (user_id)
INNER JOIN discovery_items AS items USING (product_id);
