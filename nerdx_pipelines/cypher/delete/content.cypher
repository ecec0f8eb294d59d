UNWIND $rows AS row
MATCH (n:Content {content_id: row.content_id})
DETACH DELETE n
