-- One row: a value (by number) and a product of world_items that has it.
SELECT found.value_number, items.item_number
FROM world_items AS items
INNER JOIN product_attributes USING (product_id)
INNER JOIN world_values AS found USING (family, value)
ORDER BY value_number, item_number;
