"""Rebuilding: whatever happened to a graph, it is as a first load makes it; others' data stay."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nerdx_pipelines.cli import main
from nerdx_pipelines.graph import kinds as k
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.ledger import Ledger
from nerdx_pipelines.graph.projection import project
from nerdx_pipelines.graph.rebuild import rebuild
from nerdx_pipelines.graph.survey import count, everything
from nerdx_pipelines.operations.rebuild import rebuild_graph
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.test_graph_assets import named
from tests.graph.test_interrupted_loads import VIEWED, assert_exact, busy, started, wait_for
from tests.graph.test_others_data import THEIRS, theirs
from tests.graph.test_projection import shop
from tests.graph.world import World, dump, store

__all__ = ["busy"]  # a fixture
TAMPERING = """
MATCH (u:User {shopify_id: '7'})-[v:VIEWED]->(c:Content)
SET u.lifetime_value = -1.0
CREATE (u)-[:VIEWED {event_id: v.event_id}]->(c)
WITH DISTINCT u
MATCH (b:Purchase {purchase_id: '101'})
DETACH DELETE b
"""


@pytest.fixture
def loaded(warehouse: Warehouse, graph: Graph) -> Graph:
    store(warehouse, shop())
    project(warehouse, graph)
    return graph


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, graph: Graph, warehouse: Warehouse) -> None:
    there = graph.address
    monkeypatch.setenv("NERDX_DATA_DIR", str(warehouse.path.parent))
    monkeypatch.setenv("NEO4J_URI", there.uri)
    monkeypatch.setenv("NEO4J_USER", there.user)
    monkeypatch.setenv("NEO4J_PASSWORD", there.password)
    monkeypatch.setenv("NEO4J_DATABASE", there.database)


def told(*arguments: str) -> Any:
    done = CliRunner().invoke(main, ["graph", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def test_what_was_tampered_with_is_as_first_loaded(warehouse: Warehouse, loaded: Graph) -> None:
    first = dump(loaded)
    loaded.write(TAMPERING, [{}])
    assert not any(kind.written for kind in project(warehouse, loaded))  # no load would notice
    assert dump(loaded) != first
    rows = sum(Ledger(warehouse).summary()[kind.name][0] for kind in k.KINDS)
    dropped, results = rebuild(warehouse, loaded)
    assert (dropped, sum(kind.written for kind in results)) == (rows, rows)
    assert dump(loaded) == first
    assert not any(kind.written for kind in project(warehouse, loaded))


@pytest.mark.parametrize("take_over", [False, True])
def test_what_others_keep_there_stays(warehouse: Warehouse, loaded: Graph, take_over: bool) -> None:
    loaded.write(THEIRS, [{}])
    if take_over:  # it has a key of ours, and counts as a former warehouse's
        loaded.write("MATCH (u:User {shopify_id: 'theirs'}) DELETE u", [{}])
    before = theirs(loaded), dump(loaded)
    rebuild(warehouse, loaded, take_over=take_over)
    assert (theirs(loaded), dump(loaded)) == before


def test_a_graph_is_taken_over_from_another_warehouse(
    warehouse: Warehouse, loaded: Graph, tmp_path: Path
) -> None:
    other = Warehouse(tmp_path / "other" / "warehouse.duckdb")
    store(other, World().add("staging.customers", customer_id=70).order(700, 70).line(1, 700, 1))
    loaded.write("CREATE (:Campaign {name: 'spring'}), (:User {name: 'no key'})", [{}])
    rebuild(other, loaded, take_over=True)
    assert loaded.read(
        "MATCH (n) RETURN coalesce(n.shopify_id, n.purchase_id, n.name) AS id ORDER BY id"
    ) == [{"id": "70"}, {"id": "700"}, {"id": "no key"}, {"id": "spring"}, {"id": None}]
    assert count(loaded, k.USER) == 1
    assert not any(kind.written for kind in project(other, loaded))


def test_the_survey_finds_what_the_ledger_knows(warehouse: Warehouse, loaded: Graph) -> None:
    store(warehouse, shop().taste(7, "tag", "“Zoë” / \\ '\n\t\x07").touch('"e"/\u2028', 7, "look"))
    project(warehouse, loaded)
    with warehouse.read() as con:
        known = con.execute("SELECT kind, key FROM graph.loaded").fetchall()
    assert sorted(known) == sorted(zip(*everything(loaded).to_pydict().values(), strict=True))


REBUILD = """
with Graph(GraphAddress(*sys.argv[2:])) as graph:
    rebuild(Warehouse(Path(sys.argv[1])), graph, take_over={take_over})
"""


@pytest.mark.parametrize("take_over", [False, True])
def test_killed_rebuild_is_completed_by_the_next_load(
    busy: Warehouse, graph: Graph, take_over: bool
) -> None:
    project(busy, graph)
    process = started(REBUILD.format(take_over=take_over), busy, graph.address)
    wait_for(lambda: count(graph, k.VIEWED) < VIEWED)
    process.kill()
    process.communicate()
    project(busy, graph)
    assert_exact(busy, graph)


@pytest.mark.usefixtures("settings")
def test_commands(warehouse: Warehouse, loaded: Graph) -> None:
    shown = told("status", "--format", "csv")
    server = loaded.server
    assert shown.stderr.startswith(f"{server.engine} {server.version} at {loaded.address.uri}")
    assert loaded.address.password not in shown.output
    header, *rows = shown.stdout.splitlines()
    assert header == "kind,warehouse,graph,loaded,uncertain"
    assert "viewed,2,2,2,0" in rows
    with warehouse.write() as con:
        con.execute("UPDATE graph.loaded SET hash = NULL WHERE kind = 'viewed'")
    loaded.write("MATCH (:User {shopify_id: '9'})-[v:VIEWED]->() DELETE v", [{}])
    assert "viewed,2,1,2,2" in told("status", "--format", "csv").stdout.splitlines()
    told_rows = sum(int(row.split(",")[1]) for row in rows)
    assert told("rebuild").output == (f"{told_rows} nodes and edges dropped, {told_rows} loaded.\n")
    assert told("status", "--format", "csv").stdout == shown.stdout


def test_job(warehouse: Warehouse, loaded: Graph, tmp_path: Path) -> None:
    first = dump(loaded)
    loaded.write(TAMPERING, [{}])
    resources = {
        "warehouse": WarehouseResource(path=str(warehouse.path)),
        "graph": named(loaded, tmp_path / "never"),
    }
    done = rebuild_graph.execute_in_process(
        resources=resources, run_config={"ops": {"drop_and_load": {"config": {"take_over": True}}}}
    )
    assert done.success
    assert dump(loaded) == first
