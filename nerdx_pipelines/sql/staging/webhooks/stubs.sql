-- What the orders of `newer` name and nobody has told of: its id alone, so that anything is newer.
INSERT INTO staging.customers BY NAME
SELECT DISTINCT customer_id FROM newer
WHERE
    customer_id IS NOT NULL
    AND customer_id NOT IN (SELECT customer_id FROM staging.customers)
    AND customer_id NOT IN (SELECT id FROM staging.tombstones WHERE kind = 'CUSTOMER')
ORDER BY customer_id;

INSERT INTO staging.products BY NAME
SELECT DISTINCT product_id FROM staging.order_lines
WHERE
    order_id IN (SELECT order_id FROM newer) AND product_id IS NOT NULL
    AND product_id NOT IN (SELECT product_id FROM staging.products)
    AND product_id NOT IN (SELECT id FROM staging.tombstones WHERE kind = 'PRODUCT')
ORDER BY product_id;
