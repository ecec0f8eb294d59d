"""What the graph holds of what a shop deleted, and of who demanded to be forgotten."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.projection import project
from tests.assets.segments import webhook
from tests.assets.test_redaction import ANN, demand
from tests.assets.test_webhooks import every_order, ingest, rest
from tests.assets.world import CHANGES, FIGURES, PULLS, Follower, Shop, serving
from tests.graph.world import dump

LATER = {"updated_at": "2026-11-22T13:00:00Z"}
OF_A_USER = {"shopify_id", "lifetime_value", "currency"}
OF_A_PURCHASE = {
    *("purchase_id", "shopify_order_id", "total_amount", "currency"),
    *("financial_status", "status", "timestamp"),
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with serving(tmp_path / "shop") as shop:
        yield shop


@pytest.fixture
def follower(shop: Shop, tmp_path: Path, graph: Graph) -> Follower:
    """A data dir with everything up to the graph."""
    follower = Follower(shop, tmp_path / "data")
    follower.run([*PULLS, *CHANGES, "content_catalog", "content_products", "touches", *FIGURES])
    project(follower.warehouse, graph)
    return follower


def assert_as_new(follower: Follower, graph: Graph) -> None:
    held = dump(graph)
    graph.write("MATCH (n) DETACH DELETE n", [{}])
    project(follower.warehouse, graph)
    assert dump(graph) == held


def test_a_deleted_order_is_no_purchase_and_a_deleted_product_says_so(
    shop: Shop, follower: Follower, graph: Graph
) -> None:
    credited = graph.read(
        "MATCH (u:User)-[:MADE_PURCHASE]->(b:Purchase)<-[:ATTRIBUTED_TO]-(:Content) "
        "MATCH (b)-[:CONTAINS]->(p:Product) RETURN u.shopify_id AS user, b.purchase_id AS "
        "purchase, p.shopify_id AS product, u.lifetime_value AS value ORDER BY purchase LIMIT 1"
    )
    assert credited, "the shop sells nothing that content shows: this test would prove nothing"
    (row,) = credited
    goods = rest(shop, f"products/{row['product']}.json")["product"]
    body = rest(shop, f"orders/{row['purchase']}.json")["order"]
    buyers = "MATCH (p:Product {shopify_id: $id})<-[:CONTAINS]-(b) RETURN b.purchase_id AS id"
    before = {each["id"] for each in graph.read(buyers, id=row["product"])}
    ingest(
        follower,
        webhook("orders/delete", {"id": int(row["purchase"])}),
        webhook("products/delete", {"id": int(row["product"])}),
    )
    ingest(  # what comes late brings neither back
        follower,
        webhook("orders/updated", body | LATER),
        webhook("products/update", goods | LATER),
    )
    follower.run(FIGURES)
    project(follower.warehouse, graph)

    gone = "MATCH (b:Purchase {purchase_id: $id}) RETURN b"
    assert graph.read(gone, id=row["purchase"]) == []
    assert {each["id"] for each in graph.read(buyers, id=row["product"])} == before - {
        row["purchase"]
    }
    (product,) = graph.read(
        "MATCH (p:Product {shopify_id: $id}) RETURN p.status AS status, p.title AS title",
        id=row["product"],
    )
    assert product == {"status": "DELETED", "title": goods["title"]}
    (user,) = graph.read(
        "MATCH (u:User {shopify_id: $id}) RETURN u.lifetime_value AS value", id=row["user"]
    )
    ((spent,),) = follower.rows(
        "SELECT sum(l.net_revenue)::DOUBLE FROM staging.order_lines AS l JOIN staging.orders AS o "
        f"USING (order_id) WHERE o.customer_id = {row['user']} AND o.test IS NOT TRUE"
    )
    assert user["value"] == (spent or 0) < row["value"]
    assert_as_new(follower, graph)


def test_a_deleted_customer_is_no_user_unless_an_order_or_a_touch_is_theirs(
    follower: Follower, graph: Graph
) -> None:
    ((stranger, buyer),) = follower.rows(
        "SELECT (SELECT min(customer_id) FROM staging.customers WHERE customer_id NOT IN "
        "(SELECT customer_id FROM staging.orders WHERE customer_id IS NOT NULL) AND customer_id "
        "NOT IN (SELECT user_id FROM staging.touches WHERE user_id IS NOT NULL)), "
        "(SELECT min(customer_id) FROM staging.orders WHERE test IS NOT TRUE)"
    )
    known = [customer for customer in (stranger, buyer) if customer is not None]
    ingest(follower, *(webhook("customers/delete", {"id": customer}) for customer in known))
    project(follower.warehouse, graph)
    there = graph.read(
        "MATCH (u:User) WHERE u.shopify_id IN $ids RETURN properties(u) AS of",
        ids=list(map(str, known)),
    )
    assert [row["of"]["shopify_id"] for row in there] == [str(buyer)]
    assert set(there[0]["of"]) <= OF_A_USER
    assert_as_new(follower, graph)


def test_nothing_of_who_demands_to_be_forgotten_but_ids(
    shop: Shop, follower: Follower, graph: Graph
) -> None:
    customer = rest(shop, "customers/500.json")["customer"]
    named = {ANN, customer["first_name"], customer["last_name"]} - {None, ""}
    ingest(follower, webhook("customers/update", customer | LATER))
    ingest(follower, *(webhook("orders/updated", body) for body in every_order(shop)))
    follower.run(FIGURES)
    project(follower.warehouse, graph)
    before = dump(graph)
    ingest(follower, webhook("customers/redact", demand(500, orders_to_redact=[2000])))
    follower.run(FIGURES)
    project(follower.warehouse, graph)

    held = str(dump(graph))
    assert not [name for name in named if name in held]
    assert "@" not in held
    (user,) = graph.read("MATCH (u:User {shopify_id: '500'}) RETURN keys(u) AS keys")
    assert set(user["keys"]) <= OF_A_USER
    for row in graph.read("MATCH (b:Purchase) RETURN keys(b) AS keys"):
        assert set(row["keys"]) <= OF_A_PURCHASE
    assert dump(graph) == before  # figures stay: the graph never knew who it was
    assert_as_new(follower, graph)
