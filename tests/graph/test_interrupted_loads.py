"""Loads that meet: two at once, a server killed under a load, a load killed half-way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nerdx_pipelines.errors import GraphError
from nerdx_pipelines.graph import embedded
from nerdx_pipelines.graph import kinds as k
from nerdx_pipelines.graph.address import GraphAddress
from nerdx_pipelines.graph.client import BATCH, Graph
from nerdx_pipelines.graph.projection import count_wanted, project
from nerdx_pipelines.graph.survey import count
from nerdx_pipelines.warehouse.database import Warehouse

IMPORTS = """
import sys
from pathlib import Path
from nerdx_pipelines.graph.address import GraphAddress
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.projection import project
from nerdx_pipelines.graph.rebuild import rebuild
from nerdx_pipelines.warehouse.database import Warehouse
"""
LOAD = """
with Graph(GraphAddress(*sys.argv[2:])) as graph:
    project(Warehouse(Path(sys.argv[1])), graph)
"""
VIEWED = 6 * BATCH


@pytest.fixture
def own_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "graph"
    embedded.stop(tmp_path / "graph")


@pytest.fixture
def busy(warehouse: Warehouse) -> Warehouse:
    """A warehouse with VIEWED views of 10 contents by 1000 users."""
    with warehouse.write() as con:
        con.execute(
            "INSERT INTO staging.content BY NAME SELECT 'c' || i AS content_id FROM range(10) t(i)"
        )
        con.execute(
            "INSERT INTO staging.touches BY NAME SELECT 'e' || i AS event_id, i % 1000 AS user_id, "
            "'c' || i % 10 AS content_id, 'view' AS touch_type, now() AS touched_at "
            "FROM range($views) t(i)",
            {"views": VIEWED},
        )
    return warehouse


def loader(warehouse: Warehouse, to: GraphAddress) -> "subprocess.Popen[str]":
    return started(LOAD, warehouse, to)


def started(code: str, warehouse: Warehouse, to: GraphAddress) -> "subprocess.Popen[str]":
    """A process that runs `code` on a warehouse and a graph."""
    arguments = [str(warehouse.path), to.uri, to.user, to.password, to.database]
    command = [sys.executable, "-c", IMPORTS + code, *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_exact(warehouse: Warehouse, graph: Graph) -> None:
    assert {kind: count(graph, kind) for kind in k.KINDS} == count_wanted(warehouse, "all")
    assert graph.read("MATCH ()-[v:VIEWED]->() RETURN count(DISTINCT v.event_id) AS events") == [
        {"events": VIEWED}
    ]
    assert not any(result.written for result in project(warehouse, graph))


def half_loaded(graph: Graph) -> bool:
    return 0 < count(graph, k.VIEWED) < VIEWED


def test_loads_at_the_same_time(busy: Warehouse, graph: Graph) -> None:
    loaders = [loader(busy, graph.address) for _ in range(2)]
    for one in loaders:
        _, errors = one.communicate(timeout=120)
        assert one.returncode == 0, errors
    assert_exact(busy, graph)


def test_killed_load_is_completed_by_the_next(busy: Warehouse, graph: Graph) -> None:
    first = loader(busy, graph.address)
    wait_for(lambda: half_loaded(graph))
    first.kill()
    first.communicate()
    # What it sent and never recorded has vanished from the warehouse by the next load.
    with busy.write() as con:
        con.execute("UPDATE staging.touches SET event_id = 'late ' || event_id")
    project(busy, graph)
    assert_exact(busy, graph)


def test_server_killed_under_a_load_is_repaired_by_the_next(busy: Warehouse, own_dir: Path) -> None:
    with Graph(embedded.start(own_dir)) as observer:
        server = embedded.status(own_dir)
        assert server is not None
        first = loader(busy, observer.address)
        wait_for(lambda: half_loaded(observer))
        os.kill(server.pid, signal.SIGKILL)
        _, errors = first.communicate(timeout=120)
    assert first.returncode != 0
    assert GraphError.__name__ in errors
    with Graph(embedded.start(own_dir)) as graph:
        project(busy, graph)
        assert_exact(busy, graph)
