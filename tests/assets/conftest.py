"""A warehouse and a shop of one's own."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from nerdx_pipelines.warehouse.database import Warehouse
from tests.assets.world import Shop, serving


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb", "Europe/Berlin")


@pytest.fixture(scope="module")
def warehouse_factory(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Warehouse]:
    """As many as a property needs."""
    numbers, folder = count(), tmp_path_factory.mktemp("warehouses")
    return lambda: Warehouse(folder / str(next(numbers)) / "warehouse.duckdb", "Europe/Berlin")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with serving(tmp_path / "shop") as shop:
        yield shop
