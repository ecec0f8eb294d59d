"""A Neo4j of one's own, for development and tests: a real one, of the long-term release."""
