"""The outside worlds as Dagster resources: the shop, the warehouse, the graph."""
