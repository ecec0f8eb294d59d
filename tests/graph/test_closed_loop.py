"""The loop closes in the graph: a purchase changes what is recommended, its refund restores it."""

from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from nerdx_pipelines.assets import graph as graph_assets
from nerdx_pipelines.assets import loop
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.resources.loop import LoopRules
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.test_graph_assets import named
from tests.graph.world import dump, store
from tests.loop.shop import GIVEN_BACK, Shop

LAMP, BULB, SHADE, DESK, CHAIR = 1, 2, 3, 4, 5


def two_circles() -> Shop:
    """Ten buy lamps with bulbs, some a shade; ten others desks with chairs; user 7 bought a desk.

    Twenty products more nobody buys, so that chance has something to show.
    """
    shop = Shop().sells(LAMP, BULB, SHADE, DESK, CHAIR, *range(10, 30))
    for user in range(10):
        shop.buys(100 + user, LAMP, BULB, *[SHADE][: user % 2], day=-9)
        shop.buys(200 + user, DESK, CHAIR, *[SHADE][: user < 3], day=-9)
    for content, product in (("office", CHAIR), ("cosy", BULB), ("odds", 10)):
        shop.shows(content, product).watches(9, content, day=-9)
    return shop.buys(7, DESK, day=-5)


@pytest.fixture
def resources(warehouse: Warehouse, graph: Graph, tmp_path: Path) -> dict[str, Any]:
    return {
        "warehouse": WarehouseResource(path=str(warehouse.path)),
        "graph": named(graph, tmp_path / "never"),
        "rules": AttributionRules(window_days=7, half_life_days=7, model="linear", lag_days=2),
        "loop_rules": LoopRules(exploration_share=0.2),
    }


def shown(warehouse: Warehouse, world: Shop, resources: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Bring the world as far as the graph; the table of recommendations."""
    store(warehouse, world)
    assets = [
        loop.taste_profiles,
        loop.recommendations,
        graph_assets.graph_commerce,
        graph_assets.graph_content,
        graph_assets.graph_loop,
    ]
    assert dg.materialize(assets, resources=resources).success
    with warehouse.read() as con:
        return con.sql("FROM loop.recommendations ORDER BY ALL").fetchall()


def recommended(graph: Graph, user: int, slot: str) -> dict[str, tuple[int, float]]:
    """Rank and score by product or content, as a marketer asks."""
    found = graph.read(
        f"MATCH (:User {{shopify_id: '{user}'}})-[r:RECOMMENDED {{slot: '{slot}'}}]->(what) "
        "RETURN coalesce(what.shopify_id, what.content_id) AS what, r.rank AS rank, "
        "r.score AS score ORDER BY rank"
    )
    return {row["what"]: (row["rank"], row["score"]) for row in found}


def lists_of(graph: Graph) -> Counter[Any]:
    """Every edge of a recommendation, with its ends and properties."""
    found = dump(graph)
    return Counter({each: times for each, times in found.items() if "RECOMMENDED" in str(each)})


def test_a_purchase_moves_the_lists_and_its_refund_restores_every_edge(
    warehouse: Warehouse, graph: Graph, resources: dict[str, Any]
) -> None:
    table = shown(warehouse, two_circles(), resources)
    lists = lists_of(graph)
    discovery, contents = (recommended(graph, 7, slot) for slot in ("discovery", "content"))
    assert discovery[str(CHAIR)] < discovery[str(SHADE)]
    assert str(BULB) not in discovery
    assert (contents["office"], contents["cosy"][1]) == ((1, 1.0), 0)

    bought = two_circles().buys(7, CHAIR, LAMP, day=1)
    assert shown(warehouse, bought, resources) != table
    after = recommended(graph, 7, "discovery")
    assert str(CHAIR) not in after
    assert str(BULB) in after  # its neighbour
    assert recommended(graph, 7, "content")["cosy"][1] > 0
    assert {str(CHAIR), str(LAMP)} <= recommended(graph, 7, "repeat").keys()

    refunded = two_circles().buys(7, CHAIR, LAMP, day=1, **GIVEN_BACK)
    assert shown(warehouse, refunded, resources) == table  # every row, score and instant
    assert lists_of(graph) == lists


def test_edges_of_an_unchanged_list_are_not_sent_again(
    warehouse: Warehouse, graph: Graph, resources: dict[str, Any]
) -> None:
    shown(warehouse, two_circles(), resources)
    store(warehouse, two_circles())
    again = dg.materialize([loop.recommendations, graph_assets.graph_loop], resources=resources)
    (told,) = again.asset_materializations_for_node("graph_loop")
    assert told.metadata["rows_sent"].value == 0
