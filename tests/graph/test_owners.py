"""One graph belongs to one warehouse: what another has loaded is refused, never overwritten."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from nerdx_pipelines.errors import GraphError
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.mark import move, read_mark
from nerdx_pipelines.graph.projection import count_wanted, project
from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.test_interrupted_loads import loader
from tests.graph.test_projection import shop
from tests.graph.world import World, dump, store


@pytest.fixture
def other(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "other" / "warehouse.duckdb")


def refused(warehouse: Warehouse, graph: Graph) -> str:
    before = dump(graph)
    with pytest.raises(GraphError) as caught:
        project(warehouse, graph)
    assert dump(graph) == before
    return str(caught.value)


def test_another_warehouse_is_refused(warehouse: Warehouse, other: Warehouse, graph: Graph) -> None:
    store(warehouse, shop())
    store(other, World().add("staging.customers", customer_id=70))
    project(warehouse, graph)
    said = refused(other, graph)
    assert graph.address.uri in said
    assert "NEO4J_DATABASE" in said
    assert "nerdx graph rebuild --take-over" in said
    project(warehouse, graph)  # whose it stays


def test_the_embedded_graph_follows_the_warehouse_beside_it(
    warehouse: Warehouse, other: Warehouse, graph: Graph
) -> None:
    graph.write("CREATE (:User {name: 'of others'})", [{}])
    store(warehouse, shop())
    project(warehouse, graph)
    beside = replace(graph.address, is_embedded=True)
    store(other, World().add("staging.customers", customer_id=70))  # made anew
    with Graph(beside) as own:
        project(other, own)
        users = own.read("MATCH (n:User) RETURN n.shopify_id AS id, n.name AS name ORDER BY id")
        assert users == [{"id": "70", "name": None}, {"id": None, "name": "of others"}]
        assert own.read("MATCH (n:Purchase) RETURN count(n) AS n") == [{"n": 0}]
        assert sum(kind.written for kind in project(other, own)) == 0


def test_a_copy_of_a_warehouse_is_another_as_soon_as_one_of_them_loads(
    warehouse: Warehouse, other: Warehouse, graph: Graph
) -> None:
    store(warehouse, shop())
    project(warehouse, graph)
    other.path.parent.mkdir()
    shutil.copy(warehouse.path, other.path)
    project(other, graph)  # nothing to send, so that both still know what it holds
    store(warehouse, shop().add("staging.customers", customer_id=70))
    project(warehouse, graph)
    assert "restored from a copy" in refused(other, graph)


def test_a_warehouse_that_comes_back_to_a_graph_sends_everything(
    warehouse: Warehouse, graph: Graph
) -> None:
    store(warehouse, shop())
    first = project(warehouse, graph)
    held = dump(graph)
    mark = read_mark(graph)
    graph.write("MATCH (n) DETACH DELETE n", [{}])
    project(warehouse, graph)  # another graph, for all it knows
    graph.write("MATCH (n) DETACH DELETE n", [{}])
    graph.write(
        "UNWIND $rows AS row CREATE (:NerdxGraph {id: row.id, load: row.load})",
        [{"id": mark.graph_id, "load": mark.load}],
    )
    assert project(warehouse, graph) == first
    assert dump(graph) == held


def test_a_load_between_is_noticed_before_anything_is_written(graph: Graph) -> None:
    graph.ensure_schema()
    seen = read_mark(graph)
    move(graph, seen, "first")
    move(graph, seen, "first")  # as after an answer that was lost
    with pytest.raises(GraphError, match="another load has begun"):
        move(graph, seen, "second")
    assert read_mark(graph).load == "first"


def test_two_that_meet_a_graph_at_once_never_both_load_it(
    warehouse: Warehouse, other: Warehouse, graph: Graph
) -> None:
    processes: list[tuple[Warehouse, subprocess.Popen[str]]] = []
    for each, customer in ((warehouse, 7), (other, 70)):
        world = World()
        for number in range(3000):
            world.add("staging.customers", customer_id=1000 * customer + number)
        store(each, world)
    for each in (warehouse, other):
        processes.append((each, loader(each, graph.address)))
    ended = {each: (one.communicate(timeout=120)[1], one.returncode) for each, one in processes}
    (winner,) = (each for each, (_, status) in ended.items() if status == 0)
    (errors,) = (errors for errors, status in ended.values() if status)
    assert "One graph belongs to one warehouse" in errors
    assert sum(dump(graph).values()) == sum(count_wanted(winner, "all").values())
    assert not any(result.written for result in project(winner, graph))
