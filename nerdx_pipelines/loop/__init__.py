"""Tastes and recommendations, how good they are, and what is handed on; Dagster is elsewhere."""
