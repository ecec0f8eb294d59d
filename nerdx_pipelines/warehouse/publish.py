"""Publishing: the KPI tables as files that analysts open and that no run ever locks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


def publish(con: duckdb.DuckDBPyConnection, database: Path, folder: Path) -> dict[str, int]:
    """Copy every table of schema kpi to `folder`/<table>.parquet and, together, to `database`.

    Each file is written aside and put in place by a rename: readers see the old one or the new
    one. Returns the rows of each table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    aside = database.with_name(f".{database.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    rows: dict[str, int] = {}
    try:
        with duckdb.connect(aside) as target:
            # In schema main: DuckDB takes the file's name for that of its catalogue, so that
            # kpi.content_kpis is this file's table, whereas a schema kpi would be ambiguous.
            for table in _tables(con):
                parquet = folder / f"{table}.parquet"
                partial = folder / f".{table}.{os.getpid()}"
                con.execute(f"COPY kpi.{table} TO {_literal(partial)} (FORMAT parquet)")
                partial.replace(parquet)
                target.execute(f"CREATE TABLE {table} AS FROM read_parquet({_literal(parquet)})")
                rows[table] = target.table(table).shape[0]
        aside.replace(database)
    finally:
        aside.unlink(missing_ok=True)
    return rows


@contextmanager
def published(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the published tables as kpi.<table>. Nothing waits for it."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"ATTACH {_literal(database)} AS kpi (READ_ONLY)")
        yield con


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'kpi' ORDER BY ALL"
    )
    return [name for (name,) in found.fetchall()]


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
