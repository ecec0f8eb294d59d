"""The warehouse of a cluster: Parquet files in a shared folder, described by Postgres (DuckLake).

The same statements run on it as on the file of one machine. Which of the two a process uses is
said by the settings; `open_warehouse` is the one place that looks.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from nerdx_pipelines.errors import ConfigError, NerdxError, WarehouseError
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.sql import literal
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.schema import bring_up_to_date

if TYPE_CHECKING:
    from psycopg2.extensions import connection

PREFIX = "ducklake:postgres:"
_LOCKS = 0x6E657264  # of the catalogue's advisory locks: ours


@dataclass(frozen=True)
class LakeWarehouse(Warehouse):
    """A DuckLake, shared by any number of processes of any number of machines.

    `url` is `ducklake:postgres:` and a libpq connection string or URI, `data` a folder that all
    machines see under this name. `path` only says where this machine spills.
    """

    url: str = field(default="", repr=False, kw_only=True)
    data: str = field(default="", kw_only=True)

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection inside one transaction: committed at the end, or nothing changes.

        Writers take turns, as on a file: changes are numbered in the order they are committed.
        Raises WarehouseError if it is not our turn within `lock_timeout` seconds.
        """
        busy = WarehouseError(
            f"Another process has been writing the lake at {self.data} for "
            f"{self.lock_timeout:.0f} s; wait for its run to end, or stop it."
        )
        with self.turn("write", busy), self._attached() as con:
            con.execute("BEGIN")
            bring_up_to_date(con)
            yield con
            con.execute("COMMIT")

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection to the state of this moment. It waits for nobody."""
        with self._attached("READ_ONLY") as con:
            con.execute("BEGIN")
            if not con.execute("SELECT 1 FROM duckdb_views() WHERE NOT internal").fetchone():
                raise WarehouseError(
                    f"There is no warehouse at {self.data} yet: materialize the assets, or set "
                    "NERDX_WAREHOUSE_URL to the catalogue that has one."
                )
            yield con

    inspect = read

    @contextmanager
    def _attached(self, *options: str) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._prepared(duckdb.connect()) as con:
            try:
                _load_extensions(con)
                about = self._about()
                # As a secret, since DuckDB shows anybody what else it attaches.
                if password := about.pop("password", None):
                    con.execute(f"CREATE SECRET (TYPE postgres, PASSWORD {literal(password)})")
                place = PREFIX + " ".join(f"{name}={value}" for name, value in about.items())
                given = ", ".join([f"DATA_PATH {literal(self.data)}", *options])
                con.execute(f"ATTACH {literal(place)} AS warehouse ({given})")
            except duckdb.Error as error:
                raise self._unreachable(error) from None  # its context may hold the password
            con.execute("USE warehouse")
            yield con

    @contextmanager
    def turn(self, of: str, busy: NerdxError) -> Iterator[None]:
        """Be the only one. Postgres gives the turn away when our process or machine dies."""
        from psycopg2 import Error
        from psycopg2.errors import LockNotAvailable

        holder = self._catalogue()
        try:
            with holder.cursor() as cursor:
                cursor.execute("SET lock_timeout = %s", (round(self.lock_timeout * 1000),))
                cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", (_LOCKS, of))
            yield
        except LockNotAvailable:
            raise busy from None
        except Error as error:
            raise self._unreachable(error) from None
        finally:
            holder.close()

    def _catalogue(self) -> "connection":
        import psycopg2

        try:
            con = psycopg2.connect(self.url.removeprefix(PREFIX), application_name="nerdx")
        except psycopg2.Error as error:
            raise self._unreachable(error) from None
        con.autocommit = True
        return con

    def _about(self) -> dict[str, Any]:
        from psycopg2 import ProgrammingError
        from psycopg2.extensions import parse_dsn

        try:
            return dict(parse_dsn(self.url.removeprefix(PREFIX)))
        except ProgrammingError as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: Exception) -> WarehouseError:
        said = re.sub(r"(password=|://[^:/@\s]*:)[^@\s]+", r"\1…", str(error).strip())
        return WarehouseError(
            f"Cannot use the lake at {self.data}: {said} Look at NERDX_WAREHOUSE_URL and "
            "NERDX_WAREHOUSE_DATA."
        )


def open_warehouse(settings: Settings) -> Warehouse:
    """The lake that the settings name, or else the file of the data dir."""
    about: dict[str, Any] = {"memory_limit": settings.memory_limit}
    if settings.warehouse_url is None:
        return Warehouse(settings.warehouse_path, settings.timezone, **about)
    about |= {"url": settings.warehouse_url.get_secret_value(), "data": settings.warehouse_data}
    check_lake(about["url"], about["data"])
    return LakeWarehouse(settings.warehouse_path, settings.timezone, **about)


def check_lake(url: str, data: str) -> None:
    """Raise ConfigError unless both name a lake."""
    if not url.startswith(PREFIX):
        raise ConfigError(f"NERDX_WAREHOUSE_URL has to begin with {PREFIX}, and libpq's words.")
    if not data:
        raise ConfigError("NERDX_WAREHOUSE_DATA has to name the folder of the lake's files.")


def _load_extensions(con: duckdb.DuckDBPyConnection) -> None:
    try:
        from duckdb_extensions import import_extension
    except ImportError:
        raise WarehouseError(
            "A lake needs the cluster's packages: pip install 'nerdx-pipelines[cluster]'."
        ) from None
    for name in ("ducklake", "postgres_scanner"):
        try:
            con.execute(f"LOAD {name}")
        except duckdb.Error:
            import_extension(name)  # of the wheel; nothing is downloaded
            con.execute(f"LOAD {name}")
