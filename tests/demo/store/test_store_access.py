"""What a token may not see: by scope, by age of orders, and by protection of customer data."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from nerdx_pipelines.demo.store.access import SCOPES
from tests.demo.store.demo_shop import SHOP, Client, write_store

Start = Callable[..., Client]
NOW = datetime(2026, 5, 2, 0, 0, tzinfo=UTC)  # sixty days after 2026-03-03


def without(*scopes: str) -> list[str]:
    return sorted(SCOPES - set(scopes))


@pytest.mark.parametrize(
    ("query", "scope", "data"),
    [
        ("{ orders(first: 1) { nodes { id } } }", "orders", None),
        ('{ order(id: "gid://shopify/Order/2001") { id } }', "orders", {"order": None}),
        ("{ ordersCount { count } }", "orders", {"ordersCount": None}),
        ("{ customers(first: 1) { nodes { id } } }", "customers", None),
        ("{ customersCount { count } }", "customers", {"customersCount": None}),
        ("{ products(first: 1) { nodes { id } } }", "products", None),
        ("{ mine: productVariants(first: 1) { nodes { id } } }", "products", None),
        ('{ node(id: "gid://shopify/Order/2001") { id } }', "orders", {"node": None}),
    ],
)
def test_root_fields_need_their_scope(
    start: Start, store_path: Path, query: str, scope: str, data: Any
) -> None:
    shop = start(store_path, scopes=without(f"read_{scope}", f"write_{scope}"))
    body = shop.body(query)
    assert body["data"] == data
    (error,) = body["errors"]
    (key,) = error["path"]
    field = "productVariants" if key == "mine" else key
    assert error["message"] == (
        f"Access denied for {field} field. Required access: `read_{scope}` access scope."
    )
    assert error["extensions"] == {
        "code": "ACCESS_DENIED",
        "documentation": "https://shopify.dev/api/usage/access-scopes",
        "requiredAccess": f"`read_{scope}` access scope.",
    }
    assert error["locations"]


def test_who_may_write_may_read(start: Start, store_path: Path) -> None:
    shop = start(store_path, scopes=["write_orders"])
    assert "errors" not in shop.body("{ ordersCount { count } }")


def test_fields_inside_that_need_another_scope_are_null_with_an_error_each(
    start: Start, store_path: Path
) -> None:
    shop = start(store_path, scopes=["read_orders", "read_all_orders"])
    body = shop.body(
        """query($first: Int!) { orders(first: $first, sortKey: ID) { edges { node {
        id buyer: customer { id } ...lines } } } }
        fragment lines on Order { lineItems(first: 2) { nodes { id product { id } } } }""",
        first=3,
    )
    nodes = [edge["node"] for edge in body["data"]["orders"]["edges"]]
    assert [node["buyer"] for node in nodes] == [None] * 3
    lines = [line for node in nodes for line in node["lineItems"]["nodes"]]
    assert lines
    assert all(line["id"] and line["product"] is None for line in lines)
    paths = [error["path"] for error in body["errors"]]
    assert [path for path in paths if path[-1] == "buyer"] == [
        ["orders", "edges", index, "node", "buyer"] for index in range(3)
    ]
    assert len(paths) == 3 + len(lines)
    assert {error["extensions"]["requiredAccess"] for error in body["errors"]} == {
        "`read_customers` access scope.",
        "`read_products` access scope.",
    }


def test_a_denied_mutation_does_nothing(start: Start, store_path: Path) -> None:
    shop = start(store_path, scopes=without("write_products"))
    before = shop.data("{ productsCount { count } }")
    body = shop.body("""mutation { productCreate(product: {title: "New"}) {
        product { id } userErrors { message } } }""")
    assert body["data"] == {"productCreate": None}
    assert body["errors"][0]["extensions"]["requiredAccess"].startswith("`write_products`")
    assert shop.data("{ productsCount { count } }") == before


def test_rest_needs_scopes_too(start: Start, store_path: Path) -> None:
    shop = start(store_path, scopes=["read_products"])
    for path in ("orders.json", "orders/count.json", "orders/2001.json", "customers.json"):
        response = shop.session.get(f"{shop.url}/admin/api/2026-10/{path}", timeout=10)
        name = path.split("/")[0].removesuffix(".json")
        assert (response.status_code, response.json()) == (
            403,
            {"errors": f"[API] This action requires merchant approval for read_{name} scope."},
        )
    assert shop.session.get(f"{shop.url}/admin/api/2026-10/products.json", timeout=10).ok


def test_a_bulk_export_of_what_may_not_be_seen_fails(start: Start, store_path: Path) -> None:
    shop = start(store_path, scopes=["read_products"])
    started = shop.start_bulk("{ orders { edges { node { id } } } }")
    ended = shop.wait(started["bulkOperation"]["id"])
    assert (ended["status"], ended["errorCode"]) == ("FAILED", "ACCESS_DENIED")
    assert (ended["url"], ended["objectCount"]) == (None, "0")


def test_older_orders_are_silently_absent_without_their_scope(
    start: Start, store_path: Path, store: duckdb.DuckDBPyConnection
) -> None:
    shop = start(store_path, scopes=without("read_all_orders"), now=NOW)
    condition = "created_at >= TIMESTAMPTZ '2026-03-03T00:00:00Z'"
    seen = {id for (id,) in store.sql(f"SELECT id FROM orders WHERE {condition}").fetchall()}
    hidden = {id for (id,) in store.sql("SELECT id FROM orders").fetchall()} - seen
    assert seen
    assert hidden
    found = shop.data("""{ orders(first: 250) { nodes { id } } ordersCount { count }
        customers(first: 50) { nodes { orders(first: 50) { nodes { id } } } } }""")
    assert {_number(node["id"]) for node in found["orders"]["nodes"]} == seen
    assert found["ordersCount"]["count"] == len(seen)
    theirs = [node for each in found["customers"]["nodes"] for node in each["orders"]["nodes"]]
    assert {_number(node["id"]) for node in theirs} <= seen
    old, new = (f"gid://shopify/Order/{min(each)}" for each in (hidden, seen))
    for query in ("{ a: order(id: $old) { id } b: order(id: $new) { id } }",
                  "{ a: node(id: $old) { id } b: node(id: $new) { id } }"):  # fmt: skip
        data = shop.data(f"query($old: ID!, $new: ID!) {query}", old=old, new=new)
        assert data == {"a": None, "b": {"id": new}}
    operation, lines = shop.bulk("{ orders { edges { node { id } } } }")
    assert {_number(json.loads(line)["id"]) for line in lines} == seen
    assert operation["rootObjectCount"] == str(len(seen))
    get = f"{shop.url}/admin/api/2026-10/orders"
    rest = shop.session.get(f"{get}.json?status=any&limit=250", timeout=10).json()
    assert {order["id"] for order in rest["orders"]} == seen
    count = shop.session.get(f"{get}/count.json?status=any", timeout=10).json()
    assert count == {"count": len(seen)}
    assert shop.session.get(f"{get}/{min(hidden)}.json", timeout=10).status_code == 404


def test_unapproved_apps_see_no_personal_data(start: Start, store_path: Path) -> None:
    shop = start(store_path, protected=False)
    body = shop.body("""{ orders(first: 1, query: "id:2000") { nodes { id email
        customer { id firstName displayName defaultEmailAddress { emailAddress } } } } }""")
    (order,) = body["data"]["orders"]["nodes"]
    assert order == {
        "id": "gid://shopify/Order/2000",
        "email": None,
        "customer": {
            "id": "gid://shopify/Customer/500",
            "firstName": None,
            "displayName": None,
            "defaultEmailAddress": {"emailAddress": None},
        },
    }
    assert {error["path"][-1] for error in body["errors"]} == {
        "email", "firstName", "displayName", "emailAddress",
    }  # fmt: skip
    (error,) = (each for each in body["errors"] if each["path"][-1] == "email")
    assert error["message"] == (
        "This app is not approved to use the email field. See "
        "https://shopify.dev/docs/apps/launch/protected-customer-data for more details."
    )
    assert error["extensions"]["code"] == "ACCESS_DENIED"


def test_unapproved_apps_get_rest_objects_without_personal_keys(
    start: Start, client: Client, store_path: Path
) -> None:
    shop = start(store_path, protected=False)
    for path, root, personal in (
        ("orders/2000", "order", {"email", "contact_email", "phone", "shipping_address"}),
        ("customers/500", "customer", {"email", "first_name", "last_name", "default_address"}),
    ):
        url = f"/admin/api/2026-10/{path}.json"
        theirs = shop.session.get(shop.url + url, timeout=10).json()[root]
        ours = client.session.get(client.url + url, timeout=10).json()[root]
        assert personal <= ours.keys()
        assert not personal & theirs.keys()
        assert theirs["id"] == ours["id"]
    order = shop.session.get(f"{shop.url}/admin/api/2026-10/orders/2000.json", timeout=10).json()
    assert "ann@example.com" not in json.dumps(order)
    assert order["order"]["customer"]["id"] == 500


def test_an_erased_customer_has_no_name(start: Start, tmp_path: Path) -> None:
    path = write_store(
        tmp_path / "store.duckdb", SHOP + "UPDATE customers SET redacted = true WHERE id = 500;"
    )
    shop = start(path)
    url = f"{shop.url}/admin/api/2026-10"
    customer = shop.session.get(f"{url}/customers/500.json", timeout=10).json()["customer"]
    assert (customer["email"], customer["first_name"], customer["last_name"]) == (None, None, None)
    order = shop.session.get(f"{url}/orders/2000.json", timeout=10).json()["order"]
    assert order["customer"]["id"] == 500
    assert order["customer"]["email"] is None


def _number(gid: str) -> int:
    return int(gid.rsplit("/", 1)[-1])
