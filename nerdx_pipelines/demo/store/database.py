"""The store's DuckDB: the shop's tables, for reading and writing, and bulk operations in memory.

One instance per server; readers see one state each, writers take turns. What is read or written
is everybody else's business.
"""

import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import duckdb

from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.sql import literal

log = logging.getLogger(__name__)

_BULK_OPERATIONS = """
CREATE SEQUENCE bulk_operation_ids START 1000000000001;
CREATE TABLE bulk_operations (
    id BIGINT DEFAULT nextval('bulk_operation_ids'),
    type VARCHAR DEFAULT 'QUERY', status VARCHAR DEFAULT 'CREATED',
    error_code VARCHAR, query VARCHAR,
    created_at TIMESTAMPTZ DEFAULT now(), completed_at TIMESTAMPTZ,
    object_count BIGINT DEFAULT 0, root_object_count BIGINT DEFAULT 0,
    file_size BIGINT, url VARCHAR, partial_data_url VARCHAR
)
"""
# What store.sql and writes.sql describe and the file lacks.
_LACKING = """
SELECT n.table_name, n.column_name, n.data_type, n.column_default
FROM duckdb_columns() AS n
LEFT JOIN duckdb_columns() AS o
    ON o.database_name = 'store' AND (o.table_name, o.column_name) = (n.table_name, n.column_name)
WHERE n.database_name = 'described' AND o.column_name IS NULL
ORDER BY n.table_name, n.column_index
"""


class StoreDatabase:
    """Tables `store.*` of the file `path`, and `bulk_operations`.

    Writes go to the file; if it is being served already, a private copy in `spill_dir` is served
    instead, and a warning says so. `zone` is the shop's time zone, `currency` its currency
    and `shop_id` its number.
    Raises ConfigError if the file is not a demo store.
    """

    def __init__(self, path: Path, spill_dir: Path) -> None:
        self.write_lock = threading.RLock()
        self._copy: TemporaryDirectory[str] | None = None
        # Only a grouped bulk export, which sorts, needs as much; it spills the rest.
        self._connection = duckdb.connect(
            config={"memory_limit": "1GB", "temp_directory": str(spill_dir)}
        )
        try:
            self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
            self._attach(path, spill_dir)
            self._connection.execute(_BULK_OPERATIONS)
            self._connection.execute("SELECT id, iana_timezone, currency_code FROM store.shop")
            shop = self._connection.fetchone()
            self._complete()
        except (duckdb.Error, OSError) as error:
            self.close()
            raise ConfigError(
                f"{path} is not a demo store ({error}); build it again from its data folder."
            ) from error
        if shop is None:
            self.close()
            raise ConfigError(f"The demo store {path} has no row in its table shop.")
        self.shop_id: int = shop[0]
        self.zone = ZoneInfo(shop[1])
        self.currency: str = shop[2]

    def _attach(self, path: Path, spill_dir: Path) -> None:
        if not path.is_file():
            raise FileNotFoundError(f"there is no file {path}")
        try:
            self._connection.execute(f"ATTACH {literal(path)} AS store")
        except duckdb.Error as error:
            if not _served_already(error):
                raise
            log.warning(
                "%s is being served already: this server has its own copy, and changes made"
                " here end with it.",
                path,
            )
            spill_dir.mkdir(parents=True, exist_ok=True)
            self._copy = TemporaryDirectory(prefix="copy-", dir=spill_dir)
            copied = Path(self._copy.name) / path.name
            for file in (path, path.with_name(path.name + ".wal")):
                if file.exists():
                    shutil.copyfile(file, copied.with_name(file.name))
            self._connection.execute(f"ATTACH {literal(copied)} AS store")

    def _complete(self) -> None:
        """Add the tables and columns that the file lacks."""
        demo = files("nerdx_pipelines.demo")
        ddl = ";".join(
            demo.joinpath(name).read_text(encoding="utf-8")
            for name in ("store.sql", "store/writes.sql")
        )
        run = self._connection.execute
        run(f"ATTACH ':memory:' AS described; USE described; {ddl}; USE memory")
        for table, column, type_, default in run(_LACKING).fetchall():
            definition = f"{column} {type_}" + (f" DEFAULT {default}" if default else "")
            run(f"CREATE TABLE IF NOT EXISTS store.{table} ({definition})")
            run(f"ALTER TABLE store.{table} ADD COLUMN IF NOT EXISTS {definition}")
        run("DETACH described")

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the same tables; each statement sees the newest state."""
        return self._connection.cursor()

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose statements all see the state of one moment."""
        with self.cursor() as cursor:
            cursor.execute("BEGIN")
            yield cursor

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose changes happen together at the end, or not at all; one at a time."""
        with self.write_lock, self.cursor() as cursor:
            cursor.execute("BEGIN")
            yield cursor
            cursor.execute("COMMIT")

    def close(self) -> None:
        """Close the database; cursors still open become unusable."""
        self._connection.close()
        if self._copy is not None:
            self._copy.cleanup()


def _served_already(error: duckdb.Error) -> bool:
    return "Could not set lock" in str(error) or "Unique file handle conflict" in str(error)
