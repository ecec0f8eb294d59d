from pathlib import Path

import dagster as dg
import pytest

from nerdx_pipelines.assets import graph as assets
from nerdx_pipelines.assets.graph_figures import graph_figures_match
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.resources.graph import GraphResource
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.test_projection import shop
from tests.graph.world import store

GRAPH = [
    assets.graph_commerce,
    assets.graph_content,
    assets.graph_attribution,
    assets.graph_loop,
    assets.graph_counts_match,
    graph_figures_match,
]


@pytest.fixture
def resources(warehouse: Warehouse, graph: Graph, tmp_path: Path) -> dict[str, object]:
    return {
        "warehouse": WarehouseResource(path=str(warehouse.path)),
        "graph": named(graph, tmp_path / "never"),
    }


def named(graph: Graph, state_dir: Path) -> GraphResource:
    there = graph.address
    return GraphResource(
        uri=there.uri,
        user=there.user,
        password=there.password,
        database=there.database,
        state_dir=str(state_dir),
    )


def rows(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, object]:
    (materialization,) = result.asset_materializations_for_node(asset)
    return {name: materialization.metadata[name].value for name in ("rows", "rows_sent")}


def test_assets_load_what_is_new_and_the_check_agrees(
    warehouse: Warehouse, graph: Graph, resources: dict[str, object]
) -> None:
    store(warehouse, shop())
    first = dg.materialize(GRAPH, resources=resources)
    again = dg.materialize(GRAPH, resources=resources)

    assert rows(first, "graph_commerce") == {"rows": 11, "rows_sent": 11}
    # with the users, products and purchases that the edges join
    assert rows(first, "graph_content") == {"rows": 11, "rows_sent": 6}
    assert rows(first, "graph_loop") == {"rows": 11, "rows_sent": 5}
    assert rows(again, "graph_attribution") == {"rows": 4, "rows_sent": 0}
    assert all(check.passed for check in first.get_asset_check_evaluations())


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


def test_check_fails_when_somebody_deletes_from_the_graph(
    warehouse: Warehouse, graph: Graph, resources: dict[str, object]
) -> None:
    store(warehouse, shop())
    dg.materialize(GRAPH, resources=resources)
    graph.write("MATCH (c:Content) DETACH DELETE c", [{}])
    check = checks(dg.materialize(GRAPH, resources=resources))["graph_counts_match"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)

    graph.write("MATCH (g:NerdxGraph) DELETE g", [{}])
    assert checks(dg.materialize(GRAPH, resources=resources))["graph_counts_match"].passed


def test_check_warns_of_what_others_made(
    warehouse: Warehouse, graph: Graph, resources: dict[str, object]
) -> None:
    store(warehouse, shop())
    dg.materialize(GRAPH, resources=resources)
    graph.write("CREATE (:User {name: 'no key of ours'}), (:Campaign)", [{}])
    assert checks(dg.materialize(GRAPH, resources=resources))["graph_counts_match"].passed
    graph.write("CREATE (:User {shopify_id: 'theirs'})", [{}])
    check = checks(dg.materialize(GRAPH, resources=resources))["graph_counts_match"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)


def test_named_graph_is_used_instead_of_the_embedded(
    warehouse: Warehouse, graph: Graph, tmp_path: Path
) -> None:
    with named(graph, tmp_path / "never").connect() as connected:
        assert connected.address == graph.address
    assert not (tmp_path / "never").exists()
