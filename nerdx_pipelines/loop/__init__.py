"""Recommendation as pure functions of numpy arrays: no database, no Dagster, no state."""
