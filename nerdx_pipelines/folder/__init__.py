"""A folder of CSV or Parquet files as checked, typed tables: what may be in it, and reading it."""
