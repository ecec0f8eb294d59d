"""GraphQL requests: the schema, what one asks for, costs and may see, and how it is answered."""
