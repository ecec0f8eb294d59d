-- Replace the content catalogue, what it features, and who an anonymous id turned out to be, by
-- the landed files.
DELETE FROM staging.content;
INSERT INTO staging.content BY NAME
SELECT content_id, title, content_type, creator, published_at, production_cost
FROM read_parquet(getvariable('folder') || '/content.parquet')
ORDER BY content_id;

DELETE FROM staging.content_products;
INSERT INTO staging.content_products BY NAME
SELECT DISTINCT content_id, product_id, valid_from, valid_to
FROM read_parquet(getvariable('folder') || '/content_products.parquet')
ORDER BY ALL;

DELETE FROM staging.identities;
INSERT INTO staging.identities BY NAME
SELECT DISTINCT anonymous_id, customer_id
FROM read_parquet(getvariable('folder') || '/identities.parquet')
ORDER BY ALL;
