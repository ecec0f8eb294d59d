-- One row: a user that EASE knows, in order, by the number in world_users or NULL.
SELECT users.user_number
FROM discovery_users AS buyers
LEFT JOIN world_users AS users USING (user_id)
ORDER BY buyers.user_number;
