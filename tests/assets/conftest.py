"""A warehouse of one's own."""

from pathlib import Path

import pytest

from nerdx_pipelines.warehouse.database import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb", "Europe/Berlin")
