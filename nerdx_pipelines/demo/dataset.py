"""From a data folder to the demo store's database, checked in full before anything is written.

The SQL is beside this file: `prepare.sql`, `fill.sql` and the target, `store.sql`. Serving the
database is the HTTP server's work.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path

import duckdb

from nerdx_pipelines.demo.rules import SHOP_RULES
from nerdx_pipelines.errors import FolderError
from nerdx_pipelines.files import replacing
from nerdx_pipelines.folder.files import find
from nerdx_pipelines.folder.reading import CONTENT_RULES, check, drop_redeliveries, read_tables
from nerdx_pipelines.folder.tables import TABLES
from nerdx_pipelines.sql import literal


@dataclass(frozen=True)
class Dataset:
    """A loaded folder: whose data it is, its period and how much there is."""

    name: str
    timezone: str
    currency: str
    first_day: date  # of anything that happened, in the shop's time zone
    last_day: date
    counts: dict[str, int]  # rows of each table of the folder; distinct events for touches
    fingerprint: str  # the same files, the same fingerprint


def load_folder(folder: Path, store: Path) -> Dataset:
    """Check `folder` and replace the database file `store` with its shop, or change nothing.

    Raises FolderError naming the first bad file, row and column.
    """
    with _database(store) as con:
        given = read_tables(con, folder)
        if con.execute("SELECT count(*) FROM order_lines").fetchall() == [(0,)]:
            raise FolderError(f"{find(folder, 'order_lines')} holds no order lines.")
        if "customers" not in given:
            con.execute(
                "INSERT INTO customers (customer_id)"
                " SELECT DISTINCT customer_id FROM order_lines WHERE customer_id IS NOT NULL"
            )
        con.execute(_sql("prepare"))
        check(con, folder, (*CONTENT_RULES, *SHOP_RULES))
        drop_redeliveries(con)
        con.execute(f"BEGIN; {_sql('fill')}; COMMIT")
        return _describe(con, _fingerprint(folder))


@contextmanager
def _database(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with an empty store attached, which becomes the file `store` at the end."""
    # The folder's tables are temporary ones of a second database, free to spill to disk.
    with replacing(store) as built, duckdb.connect(built.with_name("work.duckdb")) as con:
        con.execute(f"ATTACH {literal(built)} AS store")
        con.execute(f"BEGIN; USE store; {_sql('store')}; USE work; COMMIT")
        yield con
        con.execute("DETACH store")
        # What a killed server left of the file that this one replaces.
        store.with_name(store.name + ".wal").unlink(missing_ok=True)


def _describe(con: duckdb.DuckDBPyConnection, fingerprint: str) -> Dataset:
    name, timezone, currency, first_day, last_day = con.execute(
        "SELECT name, timezone, currency, CAST(timezone(timezone, first_at) AS DATE),"
        " CAST(timezone(timezone, last_at) AS DATE) FROM settings"
    ).fetchall()[0]
    counts = {table: con.table(table).shape[0] for table in TABLES}
    return Dataset(name, timezone, currency, first_day, last_day, counts, fingerprint)


def _fingerprint(folder: Path) -> str:
    digest = blake2b(digest_size=16)
    for path in filter(None, (find(folder, table) for table in TABLES)):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _sql(name: str) -> str:
    return files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
