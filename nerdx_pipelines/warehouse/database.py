"""The warehouse file: one writer at a time, readers on a snapshot.

DuckDB lets one process open a file for writing and then nobody else read it,
so every write is one short transaction behind a file lock, and every read runs
on a copy taken between two writes. Tables are defined in `sql/schema.sql`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import stamina

from nerdx_pipelines.errors import WarehouseError
from nerdx_pipelines.files import locked
from nerdx_pipelines.sql import literal, sql
from nerdx_pipelines.warehouse.schema import bring_up_to_date


@dataclass(frozen=True)
class Warehouse:
    """One DuckDB file at `path`, shared by any number of processes of one machine."""

    path: Path
    timezone: str = "UTC"  # of the shop: what a day is
    lock_timeout: float = 600.0

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection inside one transaction: committed at the end, or nothing changes.

        Raises WarehouseError if the lock is not free within `lock_timeout` seconds, it or
        DiskError if the file cannot be written. Keep the block short: other writers wait for it.
        """
        with self._locked():
            con = self._connect()
            try:
                self._prepare(con)
                con.execute("BEGIN")
                bring_up_to_date(con)
                yield con
                con.execute("COMMIT")
            except duckdb.IOException as error:
                raise WarehouseError(f"Cannot write {self.path}: {error}") from error
            finally:
                con.close()  # an open transaction is rolled back here

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection to a snapshot: consistent, and never in a writer's way."""
        snapshot = self._snapshot()
        try:
            con = duckdb.connect(snapshot, read_only=True)
        finally:
            snapshot.unlink()  # open is enough: whoever is killed leaves nothing behind
        with con:
            self._prepare(con)
            yield con

    def _prepare(self, con: duckdb.DuckDBPyConnection) -> None:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(sql("macros"))
        # A literal: the first bound parameter of a process imports pandas, which takes a second.
        con.execute(f"SET VARIABLE timezone = {literal(self.timezone)}")

    def _snapshot(self) -> Path:
        if not self.path.exists():
            raise WarehouseError(
                f"There is no warehouse at {self.path} yet: run `nerdx demo`, or materialize the "
                "assets, or set NERDX_DATA_DIR to the folder that has one."
            )
        with self._locked():
            self._connect().close()  # folds a crashed writer's log into the file
            folder = self.path.parent / "snapshots"
            folder.mkdir(exist_ok=True)
            snapshot = folder / f"{self.path.stem}-{os.getpid()}-{os.urandom(4).hex()}.duckdb"
            shutil.copyfile(self.path, snapshot)
        return snapshot

    def _locked(self) -> AbstractContextManager[None]:
        busy = WarehouseError(
            f"Another process has been writing {self.path} for {self.lock_timeout:.0f} s; "
            "wait for its run to end, or stop it."
        )
        return locked(self.path.with_suffix(".lock"), self.lock_timeout, busy)

    @stamina.retry(on=duckdb.IOException, attempts=20, timeout=60, wait_initial=0.05, wait_max=2)
    def _connect(self) -> duckdb.DuckDBPyConnection:
        # The retry is for strangers that open the file without our lock.
        return duckdb.connect(self.path)


def run(con: duckdb.DuckDBPyConnection, name: str, **variables: object) -> None:
    """Execute `sql/<name>.sql`, whose `getvariable('x')` are given as `x=…`."""
    for variable, value in variables.items():
        con.execute(f"SET VARIABLE {variable} = $1", [value])
    con.execute(sql(name))
