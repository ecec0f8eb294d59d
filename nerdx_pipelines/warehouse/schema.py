"""The tables and views of `sql/schema.sql` and `sql/views.sql`, made or brought up to date.

A table that an older version made gets the columns it lacks; its rows have NULL there.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256

import duckdb

from nerdx_pipelines.sql import sql

Columns = Mapping[str, Mapping[str, str]]  # table or view (schema.name) -> column -> type
Views = Mapping[str, str]  # view (schema.name) -> digest of the statements that made it


@cache
def _made_new() -> tuple[Columns, Columns, Views]:
    """Columns of a new warehouse's tables, of these and its views; and the views."""
    digest = sha256((sql("schema") + sql("views")).encode()).hexdigest()[:16]
    with duckdb.connect() as con:
        con.execute(sql("schema"))
        tables = _columns(con)
        con.execute(sql("views"))
        return tables, _columns(con), dict.fromkeys(_views(con), digest)


def wanted_columns() -> Columns:
    """What the tables are to have."""
    return _made_new()[0]


def columns() -> Columns:
    """What tables and views have."""
    return _made_new()[1]


def is_up_to_date(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether nothing is missing."""
    return not _missing(_columns(con)) and _views(con) == _made_new()[2]


def bring_up_to_date(con: duckdb.DuckDBPyConnection) -> None:
    """Make what is missing, in the connection's own transaction.

    Where nothing is, nothing is written, so that a transaction that only looks leaves the
    file as it was.
    """
    if is_up_to_date(con):
        return
    con.execute(sql("schema"))
    for table, name, kind in _missing(_columns(con)):
        con.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
    _carry_over(con)
    con.execute(sql("views"))
    for view, digest in _made_new()[2].items():
        con.execute(f"COMMENT ON VIEW {view} IS '{digest}'")


def _carry_over(con: duckdb.DuckDBPyConnection) -> None:
    """Put the rows of a table whose name a view has now where they belong."""
    former = con.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database()"
        " AND schema_name = 'attribution' AND table_name = 'credits'"
    )
    if former.fetchone():
        con.execute(sql("attribution/carried_over"))


def _missing(found: Columns) -> list[tuple[str, str, str]]:
    return [
        (table, name, kind)
        for table, wanted in wanted_columns().items()
        for name, kind in wanted.items()
        if name not in found.get(table, {})
    ]


def _columns(con: duckdb.DuckDBPyConnection) -> Columns:
    rows = con.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns()"
        " WHERE NOT internal AND database_name = current_database() AND schema_name <> 'main'"
        " ORDER BY table_oid, column_index"
    ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    return found


def _views(con: duckdb.DuckDBPyConnection) -> Views:
    rows = con.execute(
        "SELECT schema_name || '.' || view_name, comment FROM duckdb_views()"
        " WHERE NOT internal AND database_name = current_database() AND schema_name <> 'main'"
    )
    return dict(rows.fetchall())
