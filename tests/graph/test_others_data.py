"""What others keep in the same graph: nothing of theirs is changed or deleted, on either engine."""

from collections.abc import Callable

import pytest

from nerdx_pipelines.errors import GraphError
from nerdx_pipelines.graph import kinds as k
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.projection import project
from nerdx_pipelines.graph.schema import constraints
from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.test_projection import shop
from tests.graph.world import World, dump, store

# On nodes that are made here, beside them, and between them.
THEIRS = """
MATCH (u:User {shopify_id: '7'}), (p:Product {shopify_id: '1'}), (b:Purchase {purchase_id: '100'})
MATCH (c:Content {content_id: 'look'})
SET u.segment = 'vip', p:Featured, c.title_de = 'Der Look'
CREATE (u)-[:INVITED {at: 'noon'}]->(:Campaign {name: 'spring'})-[:PROMOTES]->(b)
CREATE (:User {name: 'of another system'})-[:OWNS]->(:User), (:Product), (:Store {shopify_id: '7'})
CREATE (:User {shopify_id: 'theirs', lifetime_value: 3.5})
"""
THEIR_EDGES = (
    "MATCH (a)-[r:INVITED|PROMOTES|OWNS]->(b) RETURN type(r) AS type, properties(r) AS of, "
    "coalesce(a.shopify_id, a.name) AS a, coalesce(b.purchase_id, b.name) AS b ORDER BY type"
)
THEIR_NODES = (
    "MATCH (n) WHERE n:Campaign OR n:Store OR n.shopify_id = 'theirs' OR "
    "(n:User OR n:Product) AND n.shopify_id IS NULL "
    "RETURN labels(n) AS labels, properties(n) AS of ORDER BY labels, of.name"
)
THEIR_ADDITIONS = (
    "MATCH (n) WHERE n.segment IS NOT NULL OR n.title_de IS NOT NULL OR n:Featured "
    "RETURN coalesce(n.shopify_id, n.content_id) AS id, n.segment AS segment, "
    "n.title_de AS title_de, 'Featured' IN labels(n) AS is_featured ORDER BY id"
)


def theirs(graph: Graph) -> list[object]:
    return [graph.read(question) for question in (THEIR_EDGES, THEIR_NODES, THEIR_ADDITIONS)]


@pytest.fixture
def shared(warehouse: Warehouse, graph: Graph) -> Graph:
    """A graph that has been loaded, and to which others have added since."""
    store(warehouse, shop())
    project(warehouse, graph)
    graph.write(THEIRS, [{}])
    return graph


def changed(world: World) -> World:
    for table in ("products", "content"):
        for row in world.tables[f"staging.{table}"]:
            row["title"] += "!"
    return world.add("staging.customers", customer_id=70)


@pytest.mark.parametrize("now", [lambda: changed(shop()), World, shop])
def test_loads_leave_it_alone(
    warehouse: Warehouse, shared: Graph, now: Callable[[], World]
) -> None:
    before = theirs(shared)
    store(warehouse, now())
    project(warehouse, shared)
    assert theirs(shared) == before
    store(warehouse, shop())
    project(warehouse, shared)
    assert theirs(shared) == before


def test_a_node_that_goes_leaves_what_others_put_on_it_and_nothing_of_ours(
    warehouse: Warehouse, shared: Graph
) -> None:
    store(warehouse, World())
    project(warehouse, shared)
    left = shared.read(
        "MATCH (n) WHERE n.shopify_id IN ['1', '2', '7', '8'] AND NOT n:Store "
        "OR n:Purchase OR n:Content RETURN properties(n) AS of"
    )
    assert sorted(sorted(row["of"].items()) for row in left) == [
        [("content_id", "look"), ("title_de", "Der Look")],
        [("purchase_id", "100")],
        [("segment", "vip"), ("shopify_id", "7")],
        [("shopify_id", "1")],
    ]
    assert not shared.read("MATCH (:User)-[r]->(:Product|Content|Purchase) RETURN r")


def test_their_edges_of_our_types_elsewhere_are_not_ours(
    warehouse: Warehouse, shared: Graph
) -> None:
    shared.write(
        "MATCH (s:Store) CREATE (s)-[:VIEWED {event_id: 'v1'}]->(:Page {url: '/'}), "
        "(s)-[:LIKES]->(:Colour)",
        [{}],
    )
    store(warehouse, World())
    project(warehouse, shared)
    assert len(shared.read("MATCH (:Store)-[r]->() RETURN r")) == 2


def test_a_node_of_others_with_our_key_becomes_ours_and_keeps_what_it_has(
    warehouse: Warehouse, graph: Graph
) -> None:
    graph.write("CREATE (:User {shopify_id: '7', segment: 'vip', currency: 'none'})", [{}])
    store(warehouse, shop())
    project(warehouse, graph)
    assert graph.read("MATCH (u:User {shopify_id: '7'}) RETURN properties(u) AS of") == [
        {"of": {"shopify_id": "7", "segment": "vip", "currency": "EUR", "lifetime_value": 20.0}}
    ]


@pytest.mark.parametrize("keys", [["'1'", "'1'"], ["7"], ["['1']"]])
def test_nodes_in_the_way_of_a_key_are_named_and_nothing_is_written(
    warehouse: Warehouse, graph: Graph, keys: list[str]
) -> None:
    for constraint in constraints():
        graph.write(f"DROP CONSTRAINT {constraint.name} IF EXISTS", [{}])
    for key in keys:
        graph.write(f"CREATE (:Product {{shopify_id: {key}}})", [{}])
    before = dump(graph)
    store(warehouse, shop())
    try:
        with pytest.raises(GraphError, match=r":Product .* shopify_id") as caught:
            project(warehouse, graph)
        assert keys[0].strip("[]") in str(caught.value)
        assert dump(graph) == before
        assert not graph.read("SHOW CONSTRAINTS YIELD type WHERE type = 'UNIQUENESS' RETURN type")
        graph.write("MATCH (p:Product) DELETE p", [{}])
        project(warehouse, graph)
        assert not any(result.written for result in project(warehouse, graph, k.KINDS))
    finally:
        graph.write("MATCH (n) DETACH DELETE n", [{}])
        graph.ensure_schema()
