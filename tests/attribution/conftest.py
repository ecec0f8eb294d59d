"""A warehouse for the tests of one module."""

import pytest

from nerdx_pipelines.warehouse.database import Warehouse


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    warehouse = Warehouse(tmp_path_factory.mktemp("credits") / "warehouse.duckdb")
    with warehouse.write() as connection:
        yield connection
