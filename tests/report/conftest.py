"""Warehouses to draw reports from, and the browser to look at them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nerdx_pipelines.report.page import Report
from nerdx_pipelines.warehouse.database import Warehouse
from tests.report import report_shop
from tests.report.report_browser import Browser, started


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse with every table and no rows."""
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.write():
        pass
    return warehouse


@pytest.fixture
def shop(warehouse: Warehouse) -> Warehouse:
    """The believable shop."""
    report_shop.fill(warehouse)
    report_shop.health(warehouse)
    return warehouse


@pytest.fixture
def written(tmp_path: Path, library: Path):
    """Writes the report of a warehouse to a file, as a reader would get it."""

    def write(warehouse: Warehouse) -> Path:
        path = tmp_path / "report.html"
        with warehouse.read() as con:
            path.write_text(Report.read(con).html(library), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the charts' library is kept between reports."""
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for the session; a page is loaded anew by each test."""
    with started(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser
