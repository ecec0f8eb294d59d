from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nerdx_pipelines.errors import DiskError
from nerdx_pipelines.graph import kinds as k
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.projection import KindResult, count_wanted, project
from nerdx_pipelines.graph.survey import count
from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.world import NOON, World, dump, store
from tests.graph.worlds import worlds


def shop() -> World:
    """Two products, three customers, one guest; a content that features the first product."""
    return (
        World()
        .add("staging.products", product_id=1, title="Serum", status="active")
        .add("staging.products", product_id=2, title="Mask", status="active")
        .add("staging.customers", customer_id=7)
        .add("staging.customers", customer_id=8)
        .add("staging.content", content_id="look", title="The look", content_type="video")
        .add("staging.content_products", content_id="look", product_id=1)
        .order(100, 7, total_price=30, cancelled_at=None)
        .line(1000, 100, 1, quantity=2)
        .line(1001, 100, 2)
        .order(101, None, financial_status="REFUNDED")
        .line(1002, 101, 2)
        .order(102, 8, test=True)
        .line(1003, 102, 1)
        .touch("v1", 7, "look")
        .touch("v2", None, "look", anonymous_id="a")
        .touch("v3", 9, "look")
        .touch("c1", 7, "look", touch_type="click")
        .touch("c2", 7, "look", touch_type="click", product_id=1)
        .touch("v4", 7, "unheard of")
        .credit(1000, 100, "look")
        .add("kpi.content_kpis", content_id="look", currency="EUR", views=3, clicks=2)
        .taste(7, "brand", "Acme")
        .taste(404, "brand", "Gone")
        .recommend(7, 2, rank=3)
        .recommend(7, 404, rank=4)
        .recommend(404, 2)
        .recommend_content(7, "look", rank=2)
        .recommend_content(7, "unheard of")
    )


def totals(results: list[KindResult], what: str) -> dict[str, int]:
    return {result.kind: getattr(result, what) for result in results if getattr(result, what)}


def test_seeds_story_one_view_one_order_one_conversion(warehouse: Warehouse, graph: Graph) -> None:
    world = (
        World()
        .add("staging.products", product_id=1, title="Serum")
        .add("staging.customers", customer_id=7)
        .add("staging.content", content_id="look", title="The look", content_type="video")
        .add("staging.content_products", content_id="look", product_id=1)
        .touch("v1", 7, "look")
        .order(100, 7)
        .line(1000, 100, 1)
        .credit(1000, 100, "look")
        .add("kpi.content_kpis", content_id="look", currency="EUR", views=1, conversions=1)
    )
    store(warehouse, world)
    for _ in range(2):
        project(warehouse, graph)
        story = graph.read(
            "MATCH (u:User)-[:VIEWED]->(c:Content)-[:FEATURES]->(p:Product) "
            "MATCH (u)-[:MADE_PURCHASE]->(b:Purchase)-[:CONTAINS]->(p) "
            "MATCH (c)-[a:ATTRIBUTED_TO]->(b) "
            "RETURN c.conversion_count AS conversions, a.credit AS credit"
        )
        assert story == [{"conversions": 1, "credit": 10.0}]


def test_model(warehouse: Warehouse, graph: Graph) -> None:
    store(warehouse, shop())
    project(warehouse, graph)

    assert {kind.name: count(graph, kind) for kind in k.KINDS} == {
        "user": 3,  # two customers and user 9, known by a view only
        "product": 2,
        "purchase": 2,  # the guest's too, not the test
        "content": 1,
        "made_purchase": 1,
        "contains": 3,
        "features": 1,
        "viewed": 2,  # neither the anonymous one nor that of an unknown content
        "clicked_content": 1,
        "clicked_product": 1,
        "attributed_to": 1,
        "taste": 2,
        "likes": 1,  # not user 404's: there is no such user
        "recommended": 1,  # nor what there is no product of
        "recommended_content": 1,  # or no content
    }
    assert count_wanted(warehouse, "all") == {kind: count(graph, kind) for kind in k.KINDS}
    (purchase,) = graph.read("MATCH (b:Purchase {purchase_id: '100'}) RETURN properties(b) AS of")
    assert purchase["of"].pop("timestamp").to_native() == NOON
    assert purchase["of"] == {
        "purchase_id": "100",
        "shopify_order_id": "100",
        "total_amount": 30.0,
        "currency": "EUR",
        "financial_status": "paid",
        "status": "completed",
    }
    assert graph.read(
        "MATCH (:User {shopify_id: '7'})-[:MADE_PURCHASE]->()"
        "-[l:CONTAINS]->(:Product {shopify_id: '1'}) "
        "RETURN l.line_id AS line, l.quantity AS quantity, l.price AS price"
    ) == [{"line": "1000", "quantity": 2, "price": 10.0}]
    assert graph.read("MATCH (b:Purchase {purchase_id: '101'}) RETURN b.status AS s") == [
        {"s": "refunded"}
    ]
    assert graph.read(
        "MATCH (t:Taste)<-[l:LIKES]-(u:User)-[r:RECOMMENDED]->(p:Product) RETURN t.taste_id AS "
        "taste, t.family AS family, t.value AS value, l.weight AS weight, u.shopify_id AS user, "
        "p.shopify_id AS product, r.slot AS slot, r.rank AS rank, r.score AS score"
    ) == [
        {"taste": "brand: Acme", "family": "brand", "value": "Acme", "weight": 1.0, "user": "7"}
        | {"product": "2", "slot": "discovery", "rank": 3, "score": 0.5}
    ]
    assert graph.read(
        "MATCH (u:User)-[r:RECOMMENDED]->(c:Content) RETURN u.shopify_id AS user, "
        "c.content_id AS content, properties(r) AS of"
    ) == [{"user": "7", "content": "look", "of": {"slot": "content", "rank": 2, "score": 1.0}}]


def test_only_the_five_strongest_tastes_of_a_family_are_edges(
    warehouse: Warehouse, graph: Graph
) -> None:
    world = World().add("staging.customers", customer_id=7).taste(7, "brand", "only")
    for value, weight in zip("abcdefg", (0.1, 0.1, 0.3, 0.1, 0.2, 0.12345, 0.1), strict=True):
        world.taste(7, "tag", value, weight)
    store(warehouse, world)
    project(warehouse, graph)
    liked = graph.read("MATCH ()-[l:LIKES]->(t) RETURN t.taste_id AS id, l.weight AS w ORDER BY id")
    assert [tuple(row.values()) for row in liked] == [
        ("brand: only", 1.0),
        *(("tag: a", 0.1), ("tag: b", 0.1), ("tag: c", 0.3), ("tag: e", 0.2), ("tag: f", 0.12)),
    ]


def test_changes_that_nobody_sees_are_not_sent(warehouse: Warehouse, graph: Graph) -> None:
    world = World().add("staging.customers", customer_id=7).add("staging.products", product_id=1)
    world.taste(7, "tag", "rare", 0.001).recommend(7, 1, score=0.01234567)
    world.recommend(7, 1, slot="repeat", score=0).recommend(7, 1, slot="cold_start", score=1234.56)
    store(warehouse, world)
    project(warehouse, graph)
    assert graph.read("MATCH ()-[l:LIKES]->() RETURN l.weight AS weight") == [{"weight": 0.01}]
    scores = graph.read("MATCH ()-[r:RECOMMENDED]->() RETURN r.score AS score ORDER BY score")
    assert [row["score"] for row in scores] == [0.0, 0.0123, 1230.0]
    with warehouse.write() as con:
        con.execute("UPDATE loop.recommendations SET score = score * 1.0001")
        con.execute("UPDATE loop.taste_profiles SET weight = weight * 1.1")
    assert not totals(project(warehouse, graph), "written")


def test_lifetime_value_is_of_the_currency_used_most(warehouse: Warehouse, graph: Graph) -> None:
    world = World().add("staging.customers", customer_id=6)
    for order, (currency, test, net) in enumerate(
        [("USD", False, 500), ("EUR", False, 20), ("EUR", False, 22.5), ("EUR", True, 99)]
    ):
        world.order(order, 7, currency=currency, test=test).line(order, order, 1, net_revenue=net)
    store(warehouse, world)
    project(warehouse, graph)
    assert graph.read(
        "MATCH (u:User) RETURN u.shopify_id AS id, u.lifetime_value AS value, "
        "u.currency AS currency ORDER BY id"
    ) == [
        {"id": "6", "value": 0.0, "currency": None},
        {"id": "7", "value": 42.5, "currency": "EUR"},
    ]


def test_shares_of_an_order_add_up_to_one(warehouse: Warehouse, graph: Graph) -> None:
    world = World().order(100, 7)
    for content in ("a", "b", "c"):
        world.add("staging.content", content_id=content)
    world.credit(1, 100, "a", share=0.5, credit=5).credit(1, 100, "b", share=0.5, credit=5)
    world.credit(2, 100, "a", credit=7)
    world.credit(2, 100, "c", model="last_touch", credit=12)
    store(warehouse, world)
    project(warehouse, graph)
    assert graph.read(
        "MATCH (c)-[a:ATTRIBUTED_TO {window_days: 7}]->(:Purchase {purchase_id: '100'}) "
        "RETURN a.model AS model, c.content_id AS content, a.credit AS credit, a.share AS share "
        "ORDER BY model DESC, content"
    ) == [
        {"model": "linear", "content": "a", "credit": 12.0, "share": 0.75},
        {"model": "linear", "content": "b", "credit": 5.0, "share": 0.25},
        {"model": "last_touch", "content": "c", "credit": 12.0, "share": 1.0},
    ]


def test_featured_scope_leaves_other_products_out(warehouse: Warehouse, graph: Graph) -> None:
    store(warehouse, shop())
    project(warehouse, graph)
    results = project(warehouse, graph, scope="featured")
    assert totals(results, "deleted") == {"product": 1, "contains": 2, "recommended": 1}
    assert graph.read("MATCH (p:Product) RETURN p.title AS title") == [{"title": "Serum"}]
    assert count_wanted(warehouse, "featured") == {kind: count(graph, kind) for kind in k.KINDS}


def test_unchanged_reload_writes_nothing(warehouse: Warehouse, graph: Graph) -> None:
    store(warehouse, shop())
    first = project(warehouse, graph)
    before = dump(graph)
    second = project(warehouse, graph)
    assert all(result.written == result.total for result in first)
    assert not totals(second, "written")
    assert not totals(second, "deleted")
    assert dump(graph) == before


def test_only_what_changed_is_sent(warehouse: Warehouse, graph: Graph) -> None:
    store(warehouse, shop())
    project(warehouse, graph)
    with warehouse.write() as con:
        con.execute("UPDATE staging.orders SET cancelled_at = now() WHERE order_id = 100")
        con.execute("DELETE FROM staging.order_lines WHERE line_id = 1001")
        con.execute("UPDATE staging.content SET title = NULL")
    results = project(warehouse, graph)
    assert totals(results, "written") == {"user": 1, "purchase": 1, "content": 1}
    assert totals(results, "deleted") == {"contains": 1}
    (content,) = graph.read("MATCH (c:Content) RETURN c.title AS title")
    assert content["title"] is None


def test_wiped_graph_is_loaded_again_in_full(warehouse: Warehouse, graph: Graph) -> None:
    store(warehouse, shop())
    first = project(warehouse, graph)
    before = dump(graph)
    graph.write("MATCH (n) DETACH DELETE n", [{}])
    assert project(warehouse, graph) == first
    assert dump(graph) == before


def test_merging_makes_the_same_graph_as_creating(warehouse: Warehouse, graph: Graph) -> None:
    store(warehouse, shop())
    first = project(warehouse, graph)
    created = dump(graph)
    graph.write("MATCH (g:NerdxGraph) DELETE g", [{}])
    assert project(warehouse, graph) == first
    assert dump(graph) == created


def test_others_nodes_stay(warehouse: Warehouse, graph: Graph) -> None:
    store(warehouse, shop())
    graph.write("CREATE (:Campaign {name: 'spring'}), (:User {shopify_id: 'theirs'})", [{}])
    project(warehouse, graph)
    store(warehouse, World())
    project(warehouse, graph)
    assert {row["kind"] for row in graph.read("MATCH (n) RETURN labels(n)[0] AS kind")} == {
        "Campaign",
        "User",
        "NerdxGraph",
    }


def test_edges_bring_the_nodes_they_join(warehouse: Warehouse, graph: Graph) -> None:
    store(warehouse, shop())
    project(warehouse, graph, [k.VIEWED])
    assert count(graph, k.VIEWED) == 2
    assert count(graph, k.PURCHASE) == 0


def test_node_that_returns_gets_its_edges_back(warehouse: Warehouse, graph: Graph) -> None:
    store(warehouse, shop())
    project(warehouse, graph)
    before = dump(graph)
    with warehouse.write() as con:
        con.execute("UPDATE staging.orders SET test = true WHERE order_id = 100")
    project(warehouse, graph, [k.PURCHASE])
    store(warehouse, shop())
    project(warehouse, graph)
    assert dump(graph) == before


def test_event_repeated_in_staging_is_one_edge(warehouse: Warehouse, graph: Graph) -> None:
    store(warehouse, shop().touch("v1", 7, "look"))
    for _ in range(2):
        project(warehouse, graph)
        assert count(graph, k.VIEWED) == 2


def test_many_edges_of_the_same_nodes_go_at_once(warehouse: Warehouse, graph: Graph) -> None:
    with warehouse.write() as con:
        con.execute(
            "INSERT INTO staging.content BY NAME SELECT 'c' || i AS content_id FROM range(50) t(i)"
        )
        con.execute(
            "INSERT INTO staging.touches BY NAME SELECT 'e' || i AS event_id, i % 100 AS user_id, "
            "'c' || i // 100 AS content_id, 'view' AS touch_type, now() AS touched_at "
            "FROM range(5000) t(i)"
        )
    project(warehouse, graph)
    assert count(graph, k.VIEWED) == 5000
    with warehouse.write() as con:
        con.execute("DELETE FROM staging.touches WHERE hash(event_id) % 10 > 0")
    project(warehouse, graph)
    assert {kind: count(graph, kind) for kind in k.KINDS} == count_wanted(warehouse, "all")


def test_rows_without_a_key_are_left_out_and_counted(warehouse: Warehouse, graph: Graph) -> None:
    store(warehouse, shop())
    project(warehouse, graph)
    whole = dump(graph)
    graph.write("MATCH (n) DETACH DELETE n", [{}])
    world = shop().add("staging.products", title="no id").add("staging.content", title="no id")
    world.touch(None, 7, "look").touch(None, 7, "look", touch_type="click")
    world.line(None, 100, 1, net_revenue=0).taste(7, "brand", None).taste(7, None, "Acme")
    store(warehouse, world)
    results = project(warehouse, graph)
    assert totals(results, "without_key") == {
        "product": 1,
        "content": 1,
        "contains": 1,
        "viewed": 1,
        "clicked_content": 1,
        "taste": 2,
        "likes": 2,
    }
    assert dump(graph) == whole
    assert count_wanted(warehouse, "all") == {kind: count(graph, kind) for kind in k.KINDS}
    assert not totals(project(warehouse, graph), "written")


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=st.lists(worlds(), min_size=2, max_size=2), part=st.sampled_from(k.KINDS))
def test_any_history_ends_as_a_fresh_build(
    warehouse: Warehouse, graph: Graph, history: list[World], part: k.Kind
) -> None:
    for world in history:
        store(warehouse, world)
        project(warehouse, graph, [part])  # a part of the kinds first, as the assets do
    project(warehouse, graph)
    grown = dump(graph)
    graph.write("MATCH (n) DETACH DELETE n", [{}])
    project(warehouse, graph)
    assert grown == dump(graph)


def test_unusable_data_directory_is_an_error_that_says_so(tmp_path: Path, graph: Graph) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(DiskError, match="NERDX_DATA_DIR"):
        project(Warehouse(file / "warehouse.duckdb"), graph)
