"""DuckDB on disk: opening, locking, publishing. No SQL of the flow (see `sql/`)."""
