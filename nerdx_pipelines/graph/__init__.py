"""The property graph: its server, its driver, and the projection of the warehouse into it."""
