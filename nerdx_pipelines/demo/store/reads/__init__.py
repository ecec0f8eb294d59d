"""What GraphQL asks for as SQL: the compiler, pages, searches, and where each field comes from."""
