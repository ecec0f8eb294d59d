"""Figures of the graph are the warehouse's own, however often it is loaded; tampering is seen."""

from pathlib import Path

import dagster as dg
import pytest

from nerdx_pipelines.assets.graph_figures import graph_figures_match
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.projection import project
from nerdx_pipelines.graph.rebuild import rebuild
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.test_graph_assets import named
from tests.graph.world import World, store


def shop() -> World:
    """Two contents that sold in two currencies, a customer who buys in both, one who never did."""
    world = World().add("staging.customers", customer_id=6)
    world.add("staging.content", content_id="look").add("staging.content", content_id="talk")
    world.add("staging.content", content_id="unseen")
    for order, (customer, currency, net) in enumerate(
        [(7, "EUR", 12.3456), (7, "EUR", 0.01), (7, "JPY", 500), (8, "JPY", 1200), (108, "EUR", 3)]
    ):
        about = {"currency": currency, "credit": net / 2}
        world.order(order, customer, currency=currency).line(order, order, 1, net_revenue=net)
        world.credit(order, order, "look", **about).credit(order, order, "talk", **about)
        world.credit(order, order, "gone", **about)
        world.credit(order, order, "look", model="any_touch", currency=currency, credit=net)
        world.credit(order, order, "look", model="last_touch", currency=currency, credit=net)
    world.order(9, 7, test=True).line(9, 9, 1).credit(9, 9, "look", credit=99)
    figures = {"views": 30, "clicks": 7}
    world.add("kpi.content_kpis", content_id="look", currency="EUR", conversions=3,
              attributed_revenue=7.68, **figures)  # fmt: skip
    world.add("kpi.content_kpis", content_id="look", currency="JPY", conversions=2,
              attributed_revenue=850, **figures)  # fmt: skip
    world.add("kpi.content_kpis", content_id="talk", views=1, clicks=0, conversions=0,
              attributed_revenue=0)  # fmt: skip
    return world.add("kpi.content_kpis", content_id="gone", views=5, clicks=5, conversions=5)


@pytest.fixture
def loaded(warehouse: Warehouse, graph: Graph) -> Graph:
    store(warehouse, shop())
    project(warehouse, graph)
    return graph


def check(warehouse: Warehouse, graph: Graph, folder: Path) -> dg.AssetCheckResult:
    resource = WarehouseResource(path=str(warehouse.path)).create_resource()
    result = graph_figures_match(warehouse=resource, graph=named(graph, folder / "never"))
    assert isinstance(result, dg.AssetCheckResult)
    return result


def told(result: dg.AssetCheckResult) -> str:
    return str(result.metadata["differences"].value)


def test_loads_set_figures_and_never_add(
    warehouse: Warehouse, loaded: Graph, tmp_path: Path
) -> None:
    assert check(warehouse, loaded, tmp_path).passed
    loaded.write("MATCH (g:NerdxGraph) DELETE g", [{}])
    project(warehouse, loaded)  # every row once more
    result = check(warehouse, loaded, tmp_path)
    assert result.passed
    # 4 ends of ids and currencies; 4 figures of a content, 1 of another; 2 models, 2 currencies.
    assert result.metadata["figures"].value == 3 + 5 + 4


@pytest.mark.parametrize(
    ("tampering", "figure", "amounts"),
    [
        ("MATCH (u:User {shopify_id: '7'}) SET u.lifetime_value = 12.36",
         "lifetime_value", (12.3556, 12.36)),
        ("MATCH (u:User {shopify_id: '6'}) SET u.lifetime_value = 0.01",
         "lifetime_value", (0, 0.01)),
        ("MATCH (c:Content {content_id: 'look'}) SET c.views = c.views + 1", "views", (30, 31)),
        ("MATCH (c:Content {content_id: 'talk'}) SET c.clicks = 1", "clicks", (0, 1)),
        ("MATCH (c:Content {content_id: 'look'}) SET c.conversions = 3", "conversions", (5, 3)),
        ("MATCH (c:Content {content_id: 'look'}) SET c.attributed_revenue = 7.69",
         "attributed_revenue", (7.68, 7.69)),
        ("MATCH (:Content {content_id: 'talk'})-[a:ATTRIBUTED_TO]->(:Purchase {purchase_id: '3'}) "
         "SET a.credit = a.credit + 0.01", "credit", (1700, 1700.01)),
        ("MATCH (:Content)-[a:ATTRIBUTED_TO]->(:Purchase {purchase_id: '4'}) DELETE a",
         "credit", (15.3556, 12.3556)),
    ],
)  # fmt: skip
def test_what_was_tampered_with_is_told_and_mended(
    warehouse: Warehouse,
    loaded: Graph,
    tmp_path: Path,
    tampering: str,
    figure: str,
    amounts: tuple[float, float],
) -> None:
    loaded.write(tampering, [{}])
    result = check(warehouse, loaded, tmp_path)
    assert not result.passed
    assert figure in told(result)
    for amount in amounts:
        assert f"{amount:g}" in told(result)
    rebuild(warehouse, loaded)
    assert check(warehouse, loaded, tmp_path).passed
