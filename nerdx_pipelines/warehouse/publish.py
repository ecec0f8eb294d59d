"""Publishing: the KPI tables as files that analysts open and that no run ever locks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from nerdx_pipelines.files import replacing
from nerdx_pipelines.sql import literal


def publish(con: duckdb.DuckDBPyConnection, database: Path, folder: Path) -> dict[str, int]:
    """Copy every table of schema kpi to `folder`/<table>.parquet and, together, to `database`.

    Readers see each file as it was or as it is to be. Returns the rows of each table.
    """
    rows: dict[str, int] = {}
    with replacing(database) as fresh, duckdb.connect(fresh) as target:
        # In schema main: DuckDB takes the file's name for that of its catalogue, so that
        # kpi.content_kpis is this file's table, whereas a schema kpi would be ambiguous.
        for table in _tables(con):
            parquet = folder / f"{table}.parquet"
            with replacing(parquet) as partial:
                con.execute(f"COPY kpi.{table} TO {literal(partial)} (FORMAT parquet)")
            target.execute(f"CREATE TABLE {table} AS FROM read_parquet({literal(parquet)})")
            rows[table] = target.table(table).shape[0]
    return rows


@contextmanager
def published(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the published tables as kpi.<table>. Nothing waits for it."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"ATTACH {literal(database)} AS kpi (READ_ONLY)")
        yield con


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'kpi' ORDER BY ALL"
    )
    return [name for (name,) in found.fetchall()]
