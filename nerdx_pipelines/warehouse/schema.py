"""The tables and views of `sql/schema.sql` and `sql/views.sql`, made or brought up to date.

A table that an older version made gets the columns it lacks; its rows have NULL there.
"""

from collections.abc import Mapping
from functools import cache

import duckdb

from nerdx_pipelines.sql import sql

Columns = Mapping[str, Mapping[str, str]]  # table (schema.name) -> column -> type


@cache
def wanted_columns() -> Columns:
    """What the tables are to have."""
    with duckdb.connect() as con:
        con.execute(sql("schema"))
        return _columns(con)


def bring_up_to_date(con: duckdb.DuckDBPyConnection) -> None:
    """Make what is missing, in the connection's own transaction."""
    con.execute(sql("schema"))
    found = _columns(con)
    for table, columns in wanted_columns().items():
        for name, kind in columns.items():
            if name not in found[table]:
                con.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
    con.execute(sql("views"))


def _columns(con: duckdb.DuckDBPyConnection) -> Columns:
    rows = con.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns()"
        " WHERE NOT internal AND database_name = current_database() AND schema_name <> 'main'"
        " ORDER BY table_oid, column_index"
    ).fetchall()
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        columns.setdefault(table, {})[column] = kind
    return columns
