"""REST: lists and their pages, filters, counts, single objects, the limit on calls, the shapes."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
import requests

from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.demo.store.database import StoreDatabase
from nerdx_pipelines.demo.store.rest.query import rest_object, rest_objects
from tests.demo.store.demo_shop import SHOP, TOKEN, Client, running, write_store
from tests.demo.store.webhook_samples import sample

Start = Callable[..., Client]


@pytest.fixture(scope="module")
def shop(store_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client whose calls are not limited."""
    files = tmp_path_factory.mktemp("rest")
    with running(create_app(store_path, token=TOKEN, files_dir=files, calls=1e9)) as url:
        yield Client(url)


@pytest.fixture(scope="module")
def cursor(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("objects")
    large = "INSERT INTO product_variants (id, product_id, title, position, price) " + (
        "SELECT 5000 + i, 100, 'V' || i, 10 + i, 1 FROM range(120) t(i);"
    )
    erased = "UPDATE customers SET redacted = true WHERE id = 502;"
    database = StoreDatabase(write_store(folder / "store.duckdb", SHOP + large + erased), folder)
    yield database.cursor()
    database.close()


def get(client: Client, path: str, version: str = "2026-10", **parameters: Any) -> Any:
    url = f"{client.url}/admin/api/{version}/{path}"
    return client.session.get(url, params=parameters, timeout=10)


def all_pages(client: Client, path: str, **parameters: Any) -> list[list[dict[str, Any]]]:
    """The pages of a list, by following `next`."""
    response, pages = get(client, f"{path}.json", **parameters), []
    while True:
        assert response.status_code == 200, response.text
        pages.append(response.json()[path])
        following = response.links.get("next")
        if not following:
            return pages
        response = client.session.get(following["url"], timeout=10)


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


def sql_ids(store: duckdb.DuckDBPyConnection, statement: str) -> list[int]:
    return [id for (id,) in store.sql(statement).fetchall()]


@pytest.mark.parametrize("version", ["2026-10", "2025-01"])
def test_the_shop_at_any_version(shop: Client, version: str) -> None:
    response = get(shop, "shop.json", version)
    found = response.json()["shop"]
    assert (found["id"], found["name"], found["iana_timezone"], found["currency"]) == (
        42, 'Awkward "Shop"', "Australia/Sydney", "AUD",
    )  # fmt: skip
    assert response.headers["X-Shopify-API-Version"] == max(version, "2026-01")


@pytest.mark.parametrize("path", ["nonsense.json", "orders/1.json", "orders/x.json", "orders"])
def test_what_is_not_there(shop: Client, path: str) -> None:
    assert get(shop, path).status_code == 404


def test_the_older_addresses(shop: Client) -> None:
    for start in ("/admin/api", "/admin"):
        response = shop.session.get(f"{shop.url}{start}/products/count.json", timeout=10)
        assert response.json() == {"count": 12}
        assert response.headers["X-Shopify-API-Version"] == "2026-01"


@pytest.mark.parametrize("limit", [1, 7, 40, 41, 250])
@pytest.mark.parametrize(
    ("order", "by"),
    [
        (None, "created_at DESC, id DESC"),
        ("created_at asc", "created_at, id"),
        ("updated_at asc", "updated_at, id"),  # ten orders share each
        ("updated_at desc", "updated_at DESC, id DESC"),
        ("processed_at desc", "processed_at DESC, id DESC"),
        ("id asc", "id"),
    ],
)
def test_pages_hold_every_order_once_in_order(
    shop: Client, store: duckdb.DuckDBPyConnection, limit: int, order: str | None, by: str
) -> None:
    pages = all_pages(
        shop,
        "orders",
        status="any",
        limit=limit,
        fields="id",
        **({"order": order} if order else {}),
    )
    assert [id for page in pages for id in ids(page)] == sql_ids(
        store, f"SELECT id FROM orders ORDER BY {by}"
    )
    assert all(len(page) == limit for page in pages[:-1])
    assert all(page for page in pages)


def test_there_and_back(shop: Client) -> None:
    response, there = get(shop, "products.json", limit=5), []
    assert "previous" not in response.links
    while True:
        there.append(ids(response.json()["products"]))
        if "next" not in response.links:
            break
        response = shop.session.get(response.links["next"]["url"], timeout=10)
    back = [there[-1]]
    while "previous" in response.links:
        response = shop.session.get(response.links["previous"]["url"], timeout=10)
        back.append(ids(response.json()["products"]))
        assert "next" in response.links
    assert back == there[::-1]
    assert [len(page) for page in there] == [5, 5, 2]


def test_a_page_info_says_where_it_stands_and_keeps_the_filters(shop: Client) -> None:
    response = get(
        shop, "orders.json", status="any", limit=3, order="updated_at asc", fields="id,updated_at",
        updated_at_min="2026-04-01T01:00:00Z",
    )  # fmt: skip
    url = response.links["next"]["url"]
    (info,) = re.findall(r"page_info=([^&]+)", url)
    content = json.loads(base64.b64decode(requests.utils.unquote(info)))
    last = response.json()["orders"][-1]
    assert content == {
        "direction": "next",
        "last_id": last["id"],
        "last_value": "2026-04-01 01:00:00",
        "status": "any",
        "updated_at_min": "2026-04-01T01:00:00Z",
        "order": "updated_at asc",
    }
    assert "status=" not in url
    following = shop.session.get(url, timeout=10).json()["orders"]
    assert all(order["updated_at"] >= last["updated_at"] for order in following)
    assert following[0].keys() == {"id", "updated_at"}


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"page_info": "nonsense"}, "page_info"),
        ({"page_info": base64.b64encode(b"[]").decode()}, "page_info"),
        ({"page_info": base64.b64encode(b'{"last_id": "x"}').decode()}, "page_info"),
        ({"page_info": base64.b64encode(b"{}").decode(), "status": "any"}, "status"),
        ({"since_id": "x"}, "since_id"),
        ({"ids": "1,x"}, "ids"),
        ({"limit": "many"}, "limit"),
    ],
)
def test_parameters_that_cannot_be_used(
    shop: Client, parameters: dict[str, str], name: str
) -> None:
    response = get(shop, "orders.json", **parameters)
    assert response.status_code == 400
    assert response.json()["errors"].keys() == {name}


def test_unreadable_times_are_refused(shop: Client) -> None:
    response = get(shop, "orders.json", updated_at_min="yesterday")
    assert response.status_code == 400
    assert "yesterday" in response.json()["errors"]


@pytest.mark.parametrize(
    ("path", "parameters", "condition"),
    [
        ("orders", {}, "cancelled_at IS NULL"),
        ("orders", {"status": "open"}, "cancelled_at IS NULL"),
        ("orders", {"status": "cancelled"}, "cancelled_at IS NOT NULL"),
        ("orders", {"status": "closed"}, "false"),
        ("orders", {"status": "any", "financial_status": "paid"}, "financial_status = 'PAID'"),
        ("orders", {"status": "any", "financial_status": "any"}, "true"),
        ("orders", {"status": "any", "financial_status": "unpaid"}, "false"),
        ("orders", {"status": "any", "fulfillment_status": "shipped"},
         "fulfillment_status = 'FULFILLED'"),
        ("orders", {"status": "any", "fulfillment_status": "unshipped"},
         "fulfillment_status = 'UNFULFILLED'"),
        ("orders", {"status": "any", "since_id": "2030"}, "id > 2030"),
        ("orders", {"status": "any", "ids": "2003, 2001,7"}, "id IN (2001, 2003)"),
        ("orders", {"status": "any", "name": "#1003"}, "false"),
        ("orders", {"status": "any", "name": "1003"}, "name = '#1003'"),
        ("orders", {"status": "any", "unknown": "x"}, "true"),
        ("orders", {"status": "any", "created_at_min": "2026-03-02T00:00:00Z",
                    "created_at_max": "2026-03-03T00:00:00+00:00"},
         "created_at BETWEEN '2026-03-02T00:00:00Z' AND '2026-03-03T00:00:00Z'"),
        # Without an offset it is the shop's time: eleven hours ahead in March.
        ("orders", {"status": "any", "processed_at_min": "2026-03-02T11:00:00"},
         "processed_at >= '2026-03-02T00:00:00Z'"),
        ("orders", {"status": "any", "updated_at_max": "2026-04-01T01:00:00Z"},
         "updated_at <= '2026-04-01T01:00:00Z'"),
        ("customers", {"updated_at_min": "2026-03-01T13:00:00Z"}, "id > 500"),
        ("customers", {"ids": "502"}, "id = 502"),
        ("products", {"status": "active,draft"}, "status IN ('ACTIVE', 'DRAFT')"),
        ("products", {"status": "any"}, "true"),
        ("products", {"vendor": "vendor 1"}, "vendor = 'Vendor 1'"),
        ("products", {"handle": "product-3"}, "id = 103"),
        ("products", {"published_status": "published"}, "published_at IS NOT NULL"),
        ("products", {"published_status": "unpublished"}, "published_at IS NULL"),
        # A second is a whole one: rows a quarter of a second later belong to it.
        ("products", {"updated_at_max": "2026-02-01T00:00:00Z"}, "id < 103"),
    ],
)  # fmt: skip
def test_filters(
    shop: Client,
    store: duckdb.DuckDBPyConnection,
    path: str,
    parameters: dict[str, str],
    condition: str,
) -> None:
    expected = sql_ids(store, f"SELECT id FROM {path} WHERE {condition}")
    pages = all_pages(shop, path, limit=9, fields="id", **parameters)
    assert sorted(id for page in pages for id in ids(page)) == sorted(expected)
    count = get(shop, f"{path}/count.json", **parameters).json()
    assert count == {"count": len(expected)}


def test_an_offset_whose_plus_nobody_escaped(shop: Client) -> None:
    url = f"{shop.url}/admin/api/2026-10/orders/count.json?status=any"
    plus, escaped = ("2026-03-02T00:00:00+05:00", "2026-03-02T00:00:00%2B05:00")
    counts = [
        shop.session.get(f"{url}&created_at_min={each}", timeout=10).json()
        for each in (plus, escaped)
    ]
    assert counts[0] == counts[1]
    assert 0 < counts[0]["count"] < 40


def test_pages_have_fifty_rows_and_at_most_250(start: Start, tmp_path: Path) -> None:
    many = "INSERT INTO customers (id, created_at) SELECT 9000 + i, now() FROM range(300) t(i);"
    shop = start(write_store(tmp_path / "store.duckdb", SHOP + many))
    assert len(get(shop, "customers.json").json()["customers"]) == 50
    assert len(get(shop, "customers.json", limit=1000).json()["customers"]) == 250


def test_since_id_goes_up_by_id(shop: Client) -> None:
    pages = all_pages(shop, "orders", status="any", since_id=2010, limit=4, fields="id")
    assert [id for page in pages for id in ids(page)] == list(range(2011, 2040))


def test_an_order_holds_what_the_store_holds(
    shop: Client, store: duckdb.DuckDBPyConnection
) -> None:
    listed = {each["id"]: each for page in all_pages(shop, "orders", status="any") for each in page}
    sydney = ZoneInfo("Australia/Sydney")
    rows = store.execute("SELECT * FROM orders ORDER BY id").fetchall()
    names = [column[0] for column in store.description or ()]
    for values in rows:
        row, order = dict(zip(names, values, strict=True)), listed[values[0]]
        assert order["name"] == row["name"]
        assert order["order_number"] == int(row["name"][1:])
        assert order["email"] == row["email"]
        assert (order["customer"] or {}).get("id") == row["customer_id"]
        created = datetime.fromisoformat(order["created_at"])
        assert created == row["created_at"]
        assert created.utcoffset() == row["created_at"].astimezone(sydney).utcoffset()
        assert (order["cancelled_at"] is None) == (row["cancelled_at"] is None)
        assert Decimal(order["total_price"]) == row["total_price"]
        assert re.fullmatch(r"\d+\.\d\d", order["total_price"])
        assert order["total_price_set"]["shop_money"] == {
            "amount": order["total_price"], "currency_code": "AUD",
        }  # fmt: skip
        shown = order["total_price_set"]["presentment_money"]
        digits = {"JPY": 0, "KWD": 3, "AUD": 2}[shown["currency_code"]]
        exact = row["total_price"] * row["presentment_rate"]
        assert shown["amount"] == f"{round(exact, digits):f}"
        lines = store.execute(
            "SELECT id, product_id, quantity, unit_price, total_discount, title FROM line_items"
            f" WHERE order_id = {row['id']} ORDER BY position"
        ).fetchall()
        assert [
            (each["id"], each["product_id"], each["quantity"], Decimal(each["price"]),
             sum((Decimal(one["amount"]) for one in each["discount_allocations"]), Decimal()),
             each["title"])
            for each in order["line_items"]
        ] == [tuple(line) for line in lines]  # fmt: skip
        refunds = store.execute(
            f"SELECT id, total_refunded FROM refunds WHERE order_id = {row['id']} ORDER BY id"
        ).fetchall()
        assert [
            (each["id"], sum(Decimal(one["amount"]) for one in each["transactions"]))
            for each in order["refunds"]
        ] == refunds
    for id in (2000, 2005, 2006):
        assert listed[id] == get(shop, f"orders/{id}.json").json()["order"]
        found = get(shop, f"orders/{id}/refunds.json").json()["refunds"]
        assert found == listed[id]["refunds"]


def test_zones_with_half_hours_and_behind(start: Start, tmp_path: Path) -> None:
    moved = "UPDATE shop SET iana_timezone = 'America/St_Johns';"
    shop = start(write_store(tmp_path / "store.duckdb", SHOP + moved))
    order = get(shop, "orders/2000.json").json()["order"]
    assert order["created_at"] == "2026-02-28T20:30:00-03:30"
    assert order["updated_at"] == "2026-03-31T21:30:00-02:30"


def test_stock(shop: Client, store: duckdb.DuckDBPyConnection) -> None:
    level = store.sql("SELECT inventory_item_id, location_id, available FROM inventory_levels")
    rows = {tuple(row) for row in level.fetchall()}
    assert rows
    found = get(shop, "inventory_levels.json", limit=250).json()["inventory_levels"]
    assert {
        (each["inventory_item_id"], each["location_id"], each["available"]) for each in found
    } == rows
    item = found[0]["inventory_item_id"]
    (only,) = get(shop, "inventory_items.json", ids=item).json()["inventory_items"]
    assert only["id"] == item
    assert get(shop, "locations.json").json()["locations"]


def test_deletions_are_events(start: Start, tmp_path: Path) -> None:
    events = """DELETE FROM events; INSERT INTO events VALUES
        (1, 'PRODUCT', 100, 'destroy', '2026-05-01T00:00:00Z', 'Product 0 was deleted.'),
        (2, 'ORDER', 2000, 'destroy', '2026-05-02T00:00:00Z', 'Order #1001 was deleted.'),
        (3, 'PRODUCT', 101, 'create', '2026-05-02T00:00:00Z', 'Product 1 was created.'),
        (4, 'CUSTOMER', 500, 'destroy', '2026-05-02T00:00:00Z', 'A customer was deleted.');"""
    shop = start(write_store(tmp_path / "store.duckdb", SHOP + events))
    parameters = {"filter": "Product,Order", "verb": "destroy"}
    found = get(shop, "events.json", **parameters).json()["events"]
    assert [(each["subject_type"], each["subject_id"], each["verb"]) for each in found] == [
        ("Product", 100, "destroy"),
        ("Order", 2000, "destroy"),
    ]
    late = get(shop, "events.json", created_at_min="2026-05-02T00:00:00Z", **parameters).json()
    assert ids(late["events"]) == [2]


def test_the_limit_on_calls(start: Start, store_path: Path) -> None:
    shop = start(store_path, calls=3, calls_restore=0)
    used = [get(shop, "shop.json").headers["X-Shopify-Shop-Api-Call-Limit"] for _ in range(3)]
    assert used == ["1/3", "2/3", "3/3"]
    refused = get(shop, "shop.json")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2.0")
    assert refused.headers["X-Shopify-Shop-Api-Call-Limit"] == "3/3"
    assert refused.json()["errors"].startswith("Exceeded 0 calls per second for api client.")
    assert shop.data("{ shop { id } }")  # GraphQL has a bucket of its own


def keys(value: Any, path: str = "") -> set[str]:
    """All keys of a JSON value, with the way to each; lists count as their elements."""
    if isinstance(value, list):
        return {key for item in value for key in keys(item, f"{path}[]")}
    if not isinstance(value, dict):
        return set()
    inner = {key for name, item in value.items() for key in keys(item, f"{path}.{name}")}
    return {f"{path}.{name}" for name in value} | inner


@pytest.mark.parametrize(
    ("topic", "resource", "id"),
    [
        ("orders/create", "orders", 2005),
        ("orders/updated", "orders", 2029),
        ("orders/paid", "orders", 2017),
        ("orders/cancelled", "orders", 2009),
        ("customers/update", "customers", 500),
        ("products/update", "products", 104),
        ("refunds/create", "refunds", 4000),
    ],
)
def test_a_body_has_every_key_of_shopifys_own(
    cursor: duckdb.DuckDBPyConnection, topic: str, resource: str, id: int
) -> None:
    theirs, ours = sample(topic), rest_object(cursor, resource, id, webhook=True)
    assert ours is not None
    if resource == "customers":
        assert ours.keys() == theirs.keys()
    # What is inside of things that the store has none of cannot be compared.
    mine = keys(ours)
    inside = {key.rpartition(".")[0] for key in mine}
    assert {key for key in keys(theirs) - mine if key.rpartition(".")[0] in inside} == set()
    assert "" in inside
    if resource == "orders":
        assert {".line_items[]", ".line_items[].price_set.shop_money", ".customer"} <= inside


def test_webhook_bodies_differ_from_what_is_asked_for(cursor: duckdb.DuckDBPyConnection) -> None:
    body = rest_object(cursor, "customers", 500, webhook=True)
    asked = rest_object(cursor, "customers", 500)
    assert body is not None
    assert asked is not None
    assert len(body) == 17
    assert asked.keys() - body.keys() == {
        "orders_count", "total_spent", "last_order_id", "last_order_name", "tags",
        "email_marketing_consent", "sms_marketing_consent",
    }  # fmt: skip
    product = rest_object(cursor, "products", 100, webhook=True)
    assert product is not None
    assert (len(product["variants"]), len(product["variant_gids"])) == (100, 121 + 100 % 3)


def test_an_erased_customer_is_absent_from_bodies(cursor: duckdb.DuckDBPyConnection) -> None:
    personal = {"email", "first_name", "last_name", "phone", "default_address", "addresses"}
    erased = rest_object(cursor, "customers", 502, webhook=True)
    assert erased is not None
    assert not personal & erased.keys()
    order = rest_object(cursor, "orders", 2003, webhook=True)
    assert order is not None
    assert order["customer"]["id"] == 502
    assert not personal & order["customer"].keys()


def test_several_objects_at_once(cursor: duckdb.DuckDBPyConnection) -> None:
    found = rest_objects(cursor, "orders", [2001, 2002, 1])
    assert found == {id: rest_object(cursor, "orders", id) for id in (2001, 2002)}
    assert rest_objects(cursor, "orders", []) == {}
    assert rest_object(cursor, "products", 1) is None


def test_ids_beyond_what_a_float_holds(start: Start, tmp_path: Path) -> None:
    largest = 2**63 - 1
    rows = f"INSERT INTO customers (id, created_at) VALUES ({largest}, now());"
    shop = start(write_store(tmp_path / "store.duckdb", SHOP + rows))
    assert f'"id":{largest},' in get(shop, f"customers/{largest}.json").text
    assert get(shop, "customers.json", since_id=largest - 1).json()["customers"][0]["id"] == largest
