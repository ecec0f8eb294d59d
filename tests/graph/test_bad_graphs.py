"""Graphs that cannot be used, as a Dagster run and the command meet them."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from nerdx_pipelines.assets import graph as assets
from nerdx_pipelines.graph import local
from nerdx_pipelines.graph.address import GraphAddress
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.projection import project
from nerdx_pipelines.refresh import told
from nerdx_pipelines.resources.graph import GraphResource
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.warehouse.database import Warehouse
from tests.demo.store.demo_shop import TOKEN
from tests.graph.old_server import server
from tests.graph.test_client import refused
from tests.graph.test_interrupted_loads import assert_exact, busy, half_loaded, wait_for
from tests.graph.test_projection import shop
from tests.graph.world import dump, store
from tests.shopify.faulty_shop import serving

__all__ = ["busy"]  # a fixture
NERDX = Path(sys.executable).with_name("nerdx")


def run(warehouse: Warehouse, to: GraphAddress) -> dg.ExecuteInProcessResult:
    resource = GraphResource(
        uri=to.uri, user=to.user, password=to.password, database=to.database, state_dir="never"
    )
    return dg.materialize(
        [assets.graph_content],
        resources={"warehouse": WarehouseResource(path=str(warehouse.path)), "graph": resource},
        raise_on_error=False,
    )


def said(result: dg.ExecuteInProcessResult) -> str:
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "nerdx_pipelines.errors.GraphError" in failure.step_failure_data.error_display_string
    return told(failure.step_failure_data.error)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"password": "a secret"}, "user or password is wrong"),
        ({"database": "elsewhere"}, "no such database"),
        ({"uri": refused()}, "Couldn't connect"),
    ],
)
def test_a_run_says_what_to_check(
    warehouse: Warehouse, graph: Graph, wrong: dict[str, str], reason: str
) -> None:
    store(warehouse, shop())
    result = run(warehouse, replace(graph.address, **wrong))
    assert not result.success
    assert reason in said(result)
    assert "Check NEO4J_URI, NEO4J_USER, NEO4J_PASSWORD and NEO4J_DATABASE" in said(result)
    assert "a secret" not in "".join(map(str, result.all_events))
    assert run(warehouse, graph.address).success


def test_a_graph_that_goes_down_during_a_run_is_repaired_by_the_next(
    busy: Warehouse, graph: Graph, engine: local.Engine, graph_dir: Path
) -> None:
    found = local.status(engine, graph_dir)
    assert found is not None

    def kill() -> None:
        wait_for(lambda: half_loaded(graph))
        os.kill(found.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    result = run(busy, graph.address)
    killer.join()
    assert not result.success
    assert "see that it runs, then run this again, which sends what is missing" in said(result)

    address = local.start(engine, graph_dir, timeout=120)
    assert run(busy, address).success
    with Graph(address) as again:
        assert_exact(busy, again)
        repaired = dump(again)
        again.write("MATCH (n) DETACH DELETE n", [{}])
        project(busy, again)
        assert dump(again) == repaired


def command(*arguments: str, **settings: str) -> str:
    """The one line that it fails with."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NERDX_", "SHOPIFY_"))}
    done = subprocess.run(
        [NERDX, *arguments], env=kept | settings, capture_output=True, text=True, timeout=100
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_the_demo_asks_the_graph_before_it_makes_anything(tmp_path: Path) -> None:
    about = {"NERDX_DATA_DIR": str(tmp_path / "data"), "NEO4J_PASSWORD": "a secret"}
    uri = refused()
    line = command("demo", NEO4J_URI=uri, **about)
    assert uri in line
    assert "unset NEO4J_URI" in line
    with server("Neo4j/4.4.46") as uri:
        assert "it is Neo4j/4.4.46; Neo4j 5 or later" in command("demo", NEO4J_URI=uri, **about)
    assert "a secret" not in line
    assert list((tmp_path / "data" / "demo").iterdir()) == []


def test_a_refresh_asks_the_graph_before_the_shop_is_asked_for_anything(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    with serving(tmp_path / "shop") as store:
        uri = refused()
        line = command(
            *("refresh", "--from", "2026-01-11", "--to", "2026-01-11"),
            NEO4J_URI=uri,
            NERDX_DATA_DIR=str(tmp_path / "data"),
            NERDX_START_DATE="2026-01-01",
            SHOPIFY_SHOP_URL=store.url,
            SHOPIFY_ACCESS_TOKEN=TOKEN,
        )
    assert uri in line
    assert not (tmp_path / "data" / "warehouse.duckdb").exists()
    assert not (tmp_path / "data" / "raw").exists()
