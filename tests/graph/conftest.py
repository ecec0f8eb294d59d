"""The graph tests run on both engines: one server of each for all, emptied for each test.

A machine without Java or Maven skips those of Neo4j, which then say that they were not run.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nerdx_pipelines.graph import local
from nerdx_pipelines.graph.address import GraphAddress
from nerdx_pipelines.graph.arcadedb import ArcadeDB
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.neo4j.engine import Neo4j, libraries, missing
from nerdx_pipelines.warehouse.database import Warehouse


@pytest.fixture(scope="module", params=["ArcadeDB", "Neo4j"])
def engine(request: pytest.FixtureRequest) -> local.Engine:
    if request.param == "ArcadeDB":
        return ArcadeDB()
    if reason := missing():
        pytest.skip(f"not run on Neo4j: {reason}")
    libraries()
    return Neo4j()


@pytest.fixture(scope="session")
def graph_dirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """By engine where its server is; a parameter of the session would start one a file."""
    paths = {name: tmp_path_factory.mktemp(name) for name in ("ArcadeDB", "Neo4j")}
    yield paths
    for engine in (ArcadeDB(), Neo4j()):
        local.stop(engine, paths[type(engine).__name__])


@pytest.fixture
def graph_dir(engine: local.Engine, graph_dirs: dict[str, Path]) -> Path:
    return graph_dirs[type(engine).__name__]


@pytest.fixture
def address(engine: local.Engine, graph_dir: Path) -> GraphAddress:
    return local.start(engine, graph_dir, timeout=120)


@pytest.fixture
def graph(address: GraphAddress) -> Iterator[Graph]:
    with Graph(address) as graph:
        graph.write("MATCH (n) DETACH DELETE n", [{}])
        yield graph


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")
