"""dlt's rest_api source: REST with Link pages, into DuckDB."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from benchmarks.strangers import dlt_loading
from benchmarks.strangers.store import Store


@pytest.fixture(scope="module")
def loaded(
    store: Store, installed: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """What dlt made of the store, and the store's own tables as `truth`."""
    installed("dlt")
    database = tmp_path_factory.mktemp("dlt") / "dlt.duckdb"
    done = subprocess.run(
        dlt_loading.command(store, database),
        env=store.env | dlt_loading.QUIET,
        capture_output=True,
        text=True,
        timeout=dlt_loading.TIMEOUT_S,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    with duckdb.connect(database, read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        yield con


def test_every_order_is_loaded_once(
    loaded: duckdb.DuckDBPyConnection, truth: duckdb.DuckDBPyConnection
) -> None:
    question = "SELECT id, name, CAST(total_price AS DECIMAL(18, 2)) AS total FROM {} ORDER BY id"
    assert loaded.execute(question.format("shop.orders")).fetchall() == (
        truth.execute(question.format("orders")).fetchall()
    )


def test_every_line_knows_its_order(
    loaded: duckdb.DuckDBPyConnection, truth: duckdb.DuckDBPyConnection
) -> None:
    found = loaded.execute(
        "SELECT l.id, o.id, l.quantity FROM shop.orders__line_items l"
        " JOIN shop.orders o ON o._dlt_id = l._dlt_parent_id ORDER BY l.id"
    ).fetchall()
    assert found == (
        truth.execute("SELECT id, order_id, quantity FROM line_items ORDER BY id").fetchall()
    )


@pytest.mark.parametrize("table", ["customers", "products"])
def test_as_many_rows_as_the_store_has(
    table: str, loaded: duckdb.DuckDBPyConnection, truth: duckdb.DuckDBPyConnection
) -> None:
    ids = f"SELECT id FROM {{}}{table} ORDER BY id"
    assert loaded.execute(ids.format("shop.")).fetchall() == (
        truth.execute(ids.format("")).fetchall()
    )
