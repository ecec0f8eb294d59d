"""One store for all strangers, over HTTPS with Shopify's whole schema, and what it knows.

These tests install other people's clients and so take minutes: `make test-strangers` runs them.
"""

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from benchmarks.strangers.store import Store, serving
from benchmarks.strangers.venvs import UnavailableError, binaries
from nerdx_pipelines.demo.dataset import load_folder
from nerdx_pipelines.demo.generate import generate
from tests.shopify.official import file_of

LAST_DAY = date(2026, 11, 21)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("NERDX_STRANGERS"):
        return
    skip = pytest.mark.skip(reason="other people's clients: `make test-strangers` runs them")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough orders for three pages."""
    folder = tmp_path_factory.mktemp("strangers") / "data"
    generate(folder, orders=700, days=30, end=LAST_DAY)
    return folder


@pytest.fixture(scope="session")
def truth(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of `demo/store.sql` that the store serves."""
    load_folder(folder, folder.parent / "truth.duckdb")
    with duckdb.connect(folder.parent / "truth.duckdb", read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        yield con


@pytest.fixture(scope="session")
def store(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    home = tmp_path_factory.mktemp("home")
    # The version that answers clients who still ask for a dead one, as tap-shopify does.
    with serving(home, folder, schema=file_of("2026-01"), https=True) as running:
        yield running


@pytest.fixture(scope="session")
def installed() -> Callable[[str], Path]:
    """The folder of a stranger's commands; skips the test where the index cannot give it."""

    def of(name: str) -> Path:
        try:
            return binaries(name)
        except UnavailableError as error:
            pytest.skip(str(error))

    return of
