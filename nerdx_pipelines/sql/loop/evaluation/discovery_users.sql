-- One row: a user of the discovery lists, in their order, by number of the evaluation; -1 for one
-- who is not judged.
SELECT coalesce(users.user_number, -1) AS number
FROM discovery_users AS theirs
LEFT JOIN evaluation_users AS users USING (user_id)
ORDER BY theirs.user_number
