"""One embedded server for all graph tests; each test gets it empty, with its own warehouse."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nerdx_pipelines.graph import embedded
from nerdx_pipelines.graph.address import GraphAddress
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.warehouse.database import Warehouse


@pytest.fixture(scope="session")
def graph_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("graph")
    yield path
    embedded.stop(path)


@pytest.fixture
def address(graph_dir: Path) -> GraphAddress:
    return embedded.start(graph_dir)


@pytest.fixture
def graph(address: GraphAddress) -> Iterator[Graph]:
    with Graph(address) as graph:
        graph.write("MATCH (n) DETACH DELETE n", [{}])
        yield graph


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")
