"""A running store over the small, awkward shop of `demo_shop.py`."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from nerdx_pipelines.demo.store import create_app
from tests.demo.store.demo_shop import TOKEN, Client, running, write_store


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_store(tmp_path_factory.mktemp("store") / "store.duckdb")


@pytest.fixture(scope="session")
def store(
    store_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The rows themselves, to compare answers with: of a copy, because the file is in use."""
    copied = shutil.copy(store_path, tmp_path_factory.mktemp("rows"))
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"ATTACH '{copied}' AS store (READ_ONLY)")
        con.execute("USE store")
        yield con


@pytest.fixture(scope="session")
def client(store_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client that is never throttled."""
    app = create_app(
        store_path, token=TOKEN, files_dir=tmp_path_factory.mktemp("bulk"), bucket=1e9, restore=1e9
    )
    with running(app) as url:
        yield Client(url)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Starts a store of one's own: `start(path, bucket=…, restore=…)`."""
    with ExitStack() as everything:

        def run(path: Path, **options: float) -> Client:
            app = create_app(path, token=TOKEN, files_dir=tmp_path / "bulk", **options)
            one = everything.enter_context(ExitStack())
            return Client(one.enter_context(running(app)), stop=one.close)

        yield run
