"""Publishing: the KPI tables as files that analysts open and that no run ever locks.

One DuckDB file, and a folder of Parquet and CSV. Each is replaced as a whole; what the figures are
is the warehouse's business.
"""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from nerdx_pipelines.errors import WarehouseError
from nerdx_pipelines.files import locked, replacing, writing
from nerdx_pipelines.kpi_definitions import definition
from nerdx_pipelines.sql import literal

if TYPE_CHECKING:
    import pandas as pd

CURRENT, VERSIONS = "current", ".versions"  # in the folder: a link to one of the versions
KEPT = 600.0  # seconds that a former version stays, for whoever is reading it
FORMATS = {  # times in a CSV are ISO 8601 in UTC: the connection's zone is that
    "parquet": "FORMAT parquet",
    "csv": "FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%fZ'",
}


def publishing(folder: Path, timeout: float = 600.0) -> AbstractContextManager[None]:
    """Hold while reading and publishing, so that older figures never replace newer ones."""
    busy = WarehouseError(
        f"Another process has been publishing to {folder} for {timeout:.0f} s; wait for its run "
        "to end, or stop it."
    )
    return locked(folder / ".lock", timeout, busy)


def publish(con: duckdb.DuckDBPyConnection, database: Path, folder: Path) -> dict[str, int]:
    """Copy every table of schema kpi to `database`, and to `folder` as .parquet and .csv.

    `folder`/<table>.parquet is a link into `folder`/current, itself a link to one version of all
    tables: every file changes in the same instant, and whoever resolves `current` first reads one
    version from the first table to the last. `database` follows at once. Returns rows by table.
    """
    tables = _tables(con)
    version = folder / VERSIONS / f"{time.time_ns()}-{os.getpid()}"
    with writing(folder):
        version.mkdir(parents=True)
        for table in tables:
            for suffix, options in FORMATS.items():
                file = literal(version / f"{table}.{suffix}")
                con.execute(f"COPY kpi.{table} TO {file} ({options})")
        with replacing(database) as fresh:
            rows = _database(fresh, version, tables)
            _switch(folder, version)
        _forget(folder, version)
    return rows


@contextmanager
def published(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the published tables as kpi.<table>. Nothing waits for it."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"ATTACH {literal(database)} AS kpi (READ_ONLY)")
        yield con


def frame(folder: Path, table: str) -> "pd.DataFrame":
    """A published table with money as Decimal, days as date and times as UTC timestamps.

    Raises WarehouseError where nothing is published yet, or no table of this name.
    """
    import pyarrow.parquet as pq  # pandas and pyarrow take a second: only who asks waits for them

    tables = sorted(path.stem for path in folder.glob("*.parquet"))
    if not tables:
        raise WarehouseError(
            f"There are no published KPIs in {folder} yet: run `nerdx demo`, or materialize "
            "`published_kpis`, or set NERDX_DATA_DIR to the folder that has some."
        )
    if table not in tables:
        raise WarehouseError(f"There is no KPI table {table!r}. There are: {', '.join(tables)}.")
    found: pd.DataFrame = pq.read_table(folder / f"{table}.parquet").to_pandas()
    return found


def _database(path: Path, version: Path, tables: Sequence[str]) -> dict[str, int]:
    rows = {}
    with duckdb.connect(path) as target:
        # In schema main: DuckDB takes the file's name for that of its catalogue, so that
        # kpi.content_kpis is this file's table, whereas a schema kpi would be ambiguous.
        for table in tables:
            source = literal(version / f"{table}.parquet")
            target.execute(f"CREATE TABLE {table} AS FROM read_parquet({source})")
            found = target.table(table)
            rows[table] = found.shape[0]
            target.execute(
                ";".join(
                    f"COMMENT ON COLUMN {table}.{name} IS {literal(definition(table, name))}"
                    for name in found.columns
                )
            )
    return rows


def _switch(folder: Path, version: Path) -> None:
    """Let `current` mean `version`, and have a link for each of its files."""
    if (folder / CURRENT).exists():
        os.utime(folder / CURRENT)  # it is a former one from now on
    _link(folder / CURRENT, Path(VERSIONS) / version.name)
    wanted = {path.name for path in version.iterdir()}
    for name in wanted:
        if not (folder / name).is_symlink():
            _link(folder / name, Path(CURRENT) / name)
    for path in folder.iterdir():
        if path.suffix in (".parquet", ".csv") and path.name not in wanted:
            path.unlink()


def _link(path: Path, target: Path) -> None:
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(path)


def _forget(folder: Path, current: Path) -> None:
    for path in (folder / VERSIONS).iterdir():
        if path != current and time.time() - path.stat().st_mtime > KEPT:
            shutil.rmtree(path, ignore_errors=True)


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'kpi' ORDER BY ALL"
    )
    return [name for (name,) in found.fetchall()]
