-- One row: what weight a value has in the taste of one of world_users.
SELECT users.user_number, found.value_number, profiles.weight
FROM profiles
INNER JOIN world_users AS users USING (user_id)
INNER JOIN world_values AS found USING (family, value)
ORDER BY users.user_number, found.value_number;
