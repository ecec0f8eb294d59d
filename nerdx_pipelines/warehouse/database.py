"""The warehouse file: one writer at a time, readers on a snapshot.

DuckDB lets one process open a file for writing and then nobody else read it,
so every write is one short transaction behind a file lock, and every read runs
on a copy taken between two writes. Tables are defined in `sql/schema.sql`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import stamina

from nerdx_pipelines.errors import NerdxError, WarehouseError
from nerdx_pipelines.files import locked
from nerdx_pipelines.sql import literal, sql
from nerdx_pipelines.warehouse.schema import bring_up_to_date, is_up_to_date
from nerdx_pipelines.warehouse.snapshots import forget_old, snapshot
from nerdx_pipelines.warehouse.spill import spill_folder
from nerdx_pipelines.warehouse.zones import shop_days


@dataclass(frozen=True)
class Warehouse:
    """One DuckDB file at `path`, shared by any number of processes of one machine."""

    path: Path
    timezone: str = "UTC"  # of the shop: what a day is
    lock_timeout: float = 600.0
    rows_at_once: int = 2_000_000  # of orders, lines or touches in one transaction, or one day's
    memory_limit: str = "2GB"  # of one connection; what does not fit is spilled beside the file

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection inside one transaction: committed at the end, or nothing changes.

        Raises WarehouseError if the lock is not free within `lock_timeout` seconds, it or
        DiskError if the file cannot be written. Keep the block short: other writers wait for it.
        """
        with self._locked(), self._transaction() as con:
            yield con

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            with self._prepared(self._connect()) as con:
                con.execute("BEGIN")
                bring_up_to_date(con)
                yield con
                con.execute("COMMIT")
        except duckdb.IOException as error:
            raise WarehouseError(f"Cannot write {self.path}: {error}") from error
        finally:
            if self.path.exists():
                forget_old(self.path)

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection to a snapshot: consistent, and never in a writer's way.

        The first read after a write copies the file; those that follow use the same copy.
        """
        with self._settled():
            con = duckdb.connect(snapshot(self.path), read_only=True)
        with self._prepared(con):
            yield con

    @contextmanager
    def inspect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection to the file itself, which nobody writes meanwhile.

        For a look within a run that takes less time than copying the file would.
        """
        with self._settled(), self._prepared(self._connect(read_only=True)) as con:
            yield con

    @contextmanager
    def _prepared(self, con: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
        """`con`, closed at the end, when an open transaction is rolled back."""
        try:
            # Closed first: DuckDB aborts the process if its folder is gone before it is.
            with spill_folder(self.path.parent / "spill") as spill, con:
                con.execute(f"SET temp_directory = {literal(spill)}")
                con.execute(f"SET memory_limit = {literal(self.memory_limit)}")
                con.execute("SET TimeZone = 'UTC'")
                con.execute(sql("macros"))
                # A literal: the first bound parameter of a process imports pandas, a second.
                con.execute(f"SET VARIABLE timezone = {literal(self.timezone)}")
                if days := shop_days(self.timezone):
                    con.execute(days)
                yield con
        except duckdb.OutOfMemoryException as error:
            raise WarehouseError(
                f"{self.memory_limit} of memory are too little for this statement on {self.path}: "
                f"set NERDX_MEMORY_LIMIT higher, or take fewer days at once. DuckDB says: {error}"
            ) from error

    @contextmanager
    def _settled(self) -> Iterator[None]:
        """Keep writers out of the file, into which all is folded that they have committed."""
        if not self.path.exists():
            raise WarehouseError(
                f"There is no warehouse at {self.path} yet: run `nerdx demo`, or materialize the "
                "assets, or set NERDX_DATA_DIR to the folder that has one."
            )
        with self._locked():
            # Waits for strangers; folds in what a killed writer left.
            with self._connect() as con:
                is_older = not is_up_to_date(con)
            if is_older:  # than what is about to be asked of it
                with self._transaction():
                    pass
            yield

    def turn(self, of: str, busy: NerdxError) -> AbstractContextManager[None]:
        """Be the only one of all who share the warehouse at what `of` names, else raise `busy`."""
        return locked(self.path.with_name(f"{of}.lock"), self.lock_timeout, busy)

    def _locked(self) -> AbstractContextManager[None]:
        busy = WarehouseError(
            f"Another process has been writing {self.path} for {self.lock_timeout:.0f} s; "
            "wait for its run to end, or stop it."
        )
        return locked(self.path.with_suffix(".lock"), self.lock_timeout, busy)

    @stamina.retry(on=duckdb.IOException, attempts=20, timeout=60, wait_initial=0.05, wait_max=2)
    def _connect(self, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        # The retry is for strangers that open the file without our lock.
        return duckdb.connect(self.path, read_only=read_only)


def run(con: duckdb.DuckDBPyConnection, name: str, **variables: object) -> None:
    """Execute `sql/<name>.sql`, whose `getvariable('x')` are given as `x=…`."""
    for variable, value in variables.items():
        con.execute(f"SET VARIABLE {variable} = $1", [value])
    con.execute(sql(name))
