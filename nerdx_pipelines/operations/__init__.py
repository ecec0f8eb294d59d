"""What keeps Dagster in order from day to day: alerts, deadlines, old runs, its event log."""
