"""Bulk operations: the same objects as pages give, the rules Shopify refuses by, the states."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.demo.store.demo_shop import Client, write_store

FIELDS = """id name email createdAt test
    customer { id displayName defaultEmailAddress { emailAddress } }
    refunds { id note totalRefundedSet { presentmentMoney { amount currencyCode } } }
    totalPriceSet { shopMoney { amount } presentmentMoney { amount } }"""
LINE = """id Title: title quantity variant { id } taxLines { title }
    discountAllocations { allocatedAmountSet { shopMoney { amount } } }
    originalTotalSet { presentmentMoney { amount currencyCode } }"""
ORDERS = f"""{{ orders(query: "test:false") {{ edges {{ node {{ {FIELDS}
    lineItems {{ edges {{ node {{ {LINE} }} }} }} }} }} }} }}"""

# More rows than a machine exports while a test looks at it.
SLOW = """
INSERT INTO shop (id, name, myshopify_domain, email, iana_timezone, currency_code, created_at)
VALUES (1, 'S', 's.myshopify.com', 'e', 'UTC', 'EUR', '2020-01-01T00:00:00Z');
INSERT INTO products (id, title, handle, product_type, vendor, status, tags, created_at, updated_at,
    published_at)
SELECT i, 't', 'h', '', '', 'ACTIVE', [], now(), now(), NULL
FROM range(2_000_000) t(i);
"""
DATES = " ".join(f"{name}: createdAt" for name in "abcdefgh")
ALL_PRODUCTS = f"{{ products {{ edges {{ node {{ id title tags {DATES} }} }} }} }}"


@pytest.fixture(scope="module")
def large_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_store(tmp_path_factory.mktemp("large") / "store.duckdb", SLOW)


def test_a_bulk_export_holds_what_the_pages_hold(client: Client) -> None:
    pages = client.data(f"""{{ orders(first: 250, query: "test:false") {{ nodes {{ {FIELDS}
        lineItems(first: 250) {{ nodes {{ {LINE} }} }} }} }} }}""")
    roots, children = [], []
    for order in pages["orders"]["nodes"]:
        lines = order.pop("lineItems")["nodes"]
        roots.append(order)
        children += [{**line, "__parentId": order["id"]} for line in lines]
    operation, text = client.bulk(ORDERS)
    exported = [json.loads(line) for line in text]
    assert _by_id(each for each in exported if "__parentId" not in each) == _by_id(roots)
    assert _by_id(each for each in exported if "__parentId" in each) == _by_id(children)
    assert operation["rootObjectCount"] == str(len(roots))
    assert operation["objectCount"] == str(len(roots) + len(children))
    assert operation["query"] == ORDERS
    assert operation["completedAt"] >= operation["createdAt"]
    assert (operation["type"], operation["partialDataUrl"]) == ("QUERY", None)


VISIT = """id occurredAt landingPage source sourceType
    utmParameters { source content } __typename"""
LEVEL = """id isActive quantities(names: ["available"]) { name quantity }"""


@pytest.mark.parametrize(
    ("page", "bulk", "nested"),
    [
        (
            f"""orders(first: 250) {{ nodes {{ id customerJourneySummary {{ ready
                firstVisit {{ {VISIT} }} momentsCount {{ count }}
                moments(first: 9) {{ nodes {{ occurredAt ... on CustomerVisit {{ {VISIT} }} }} }}
            }} }} }}""",
            f"""orders {{ edges {{ node {{ id customerJourneySummary {{ ready
                firstVisit {{ {VISIT} }} momentsCount {{ count }}
                moments {{ edges {{ node {{ occurredAt ... on CustomerVisit {{ {VISIT} }} }} }} }}
            }} }} }} }}""",
            ("customerJourneySummary", "moments"),
        ),
        (
            f"""inventoryItems(first: 250) {{ nodes {{ id sku unitCost {{ amount }} variant {{ id }}
                inventoryLevels(first: 9, includeInactive: true) {{ nodes {{ {LEVEL} }} }} }} }}""",
            f"""inventoryItems {{ edges {{ node {{ id sku unitCost {{ amount }} variant {{ id }}
                inventoryLevels(includeInactive: true) {{
                    edges {{ node {{ {LEVEL} }} }} }} }} }} }}""",
            ("inventoryLevels",),
        ),
        (
            "events(first: 250) { nodes { id action ... on BasicEvent { subjectId } } }",
            "events { edges { node { id action ... on BasicEvent { subjectId } } } }",
            (),
        ),
    ],
)
def test_journeys_inventory_and_events_in_bulk(
    client: Client, page: str, bulk: str, nested: tuple[str, ...]
) -> None:
    """A connection inside an object hangs on the line of the object around it."""
    (answer,) = client.data(f"{{ {page} }}").values()
    roots, children = answer["nodes"], []
    for root in roots:
        holder = root
        for name in nested[:-1]:
            holder = holder[name]
        for connection in nested[-1:]:
            nodes = holder.pop(connection)["nodes"]
            children += [{**node, "__parentId": root["id"]} for node in nodes]
    operation, lines = client.bulk(f"{{ {bulk} }}")
    exported = [json.loads(line) for line in lines]
    assert _by_id(each for each in exported if "__parentId" not in each) == _by_id(roots)
    assert _by_id(each for each in exported if "__parentId" in each) == _by_id(children)
    assert children or not nested
    assert operation["rootObjectCount"] == str(len(roots))


def test_grouped_objects_follow_their_parents(client: Client) -> None:
    deep = """{ customers { edges { node { id orders { edges { node { id
        lineItems { edges { node { id } } } } } } } } }
        products { edges { node { id variants { edges { node { id } } } } } } }"""
    _, grouped = client.bulk(deep, group_objects=True)
    _, loose = client.bulk(deep)
    assert sorted(grouped) == sorted(loose)
    open_lines: list[str] = []
    for line in map(json.loads, grouped):
        parent = line.get("__parentId")
        if parent is None:
            open_lines = []
        else:
            del open_lines[open_lines.index(parent) + 1 :]
        open_lines.append(line["id"])


def test_a_connection_below_an_object_names_the_line_it_hangs_on(client: Client) -> None:
    _, text = client.bulk("""{ orders(query: "id:2001") { edges { node { id
        customer { id orders(query: "id:2005") { edges { node { id } } } } } } } }""")
    order, other = map(json.loads, text)
    assert order == {
        "id": "gid://shopify/Order/2001",
        "customer": {"id": "gid://shopify/Customer/501"},
    }
    assert other == {
        "id": "gid://shopify/Order/2005",
        "__parentId": "gid://shopify/Order/2001",
    }


def test_nothing_matched(client: Client) -> None:
    operation, lines = client.bulk('{ orders(query: "id:1") { edges { node { id } } } }')
    assert lines == []
    assert operation["url"] is None
    assert operation["fileSize"] is None
    assert (operation["objectCount"], operation["rootObjectCount"]) == ("0", "0")


def test_the_file_is_named_downloadable_in_parts_and_only_by_its_url(client: Client) -> None:
    operation, _ = client.bulk(ORDERS)
    name = f"bulk-{operation['id'].rsplit('/', 1)[-1]}.jsonl"
    assert (
        f"response-content-disposition=attachment%3B%20filename%3D%22{name}%22"
        in (operation["url"])
    )
    whole = requests.get(operation["url"], timeout=30)
    assert whole.headers["content-type"] == "application/jsonl"
    part = requests.get(operation["url"], headers={"Range": "bytes=10-19"}, timeout=30)
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    path, _, _ = operation["url"].partition("?")
    assert requests.get(path.replace(name, "other.jsonl"), timeout=30).status_code == 404
    assert (
        requests.get(f"{client.url}/bulk-operation-outputs/x/{name}", timeout=30).status_code == 404
    )


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ("", ["Invalid bulk query: syntax error, unexpected end of file"]),
        ("mutation { bulkOperationCancel(id: 1) { userErrors { message } } }",
         ["Invalid operation type. Only `query` operations are supported."]),
        ("{ orders { edges { node { nonsense } } } }",
         ["Invalid bulk query: Cannot query field 'nonsense' on type 'Order'."]),
        ("{ orders { nodes { id } } }",
         ["All connection fields in a bulk query must select their contents using 'edges' > "
          "'node', e.g: 'products { edges { node {'. Selecting via 'nodes' is not supported. "
          "Invalid connection fields: 'orders'."]),
        ('{ node(id: "gid://shopify/Order/1") { id } }',
         ["Bulk queries cannot contain a top level `node` field.",
          "Bulk queries must contain at least one connection."]),
        ("{ shop { id } }", ["Bulk queries must contain at least one connection."]),
        ("{ orders { edges { node { id refunds { refundLineItems { edges { node { id } } } } } } }"
         " }",
         ["Queries that contain a connection field within a list field are not currently "
          "supported."]),
        ("{ orders { edges { node { name lineItems { edges { node { id } } } } } } }",
         ["The parent 'node' field for a nested connection must select the 'id' field without "
          "an alias and must be of 'ID' return type. Connection fields without 'id': orders."]),
        ("{ orders { edges { node { id customer { id orders { edges { node { id customer { id "
         "orders { edges { node { id lineItems { edges { node { id } } } } } } } } } } } } } } }",
         ["Bulk queries cannot contain connections with a nesting depth greater than 2."]),
        ("{ " + " ".join(f"a{i}: orders {{ edges {{ node {{ id }} }} }}" for i in range(6)) + " }",
         ["Bulk queries cannot contain more than 5 connections."]),
    ],
)  # fmt: skip
def test_refused_queries(client: Client, query: str, messages: list[str]) -> None:
    started = client.start_bulk(query)
    assert started["bulkOperation"] is None
    assert started["userErrors"] == [
        {"field": ["query"], "message": message, "code": "INVALID"} for message in messages
    ]


def test_five_at_once_cancelling_and_finding_them(
    start: Callable[..., Client], large_store: Path, tmp_path: Path
) -> None:
    client = start(large_store)
    running = [client.start_bulk(ALL_PRODUCTS)["bulkOperation"]["id"] for _ in range(5)]
    refused = client.start_bulk(ALL_PRODUCTS)
    assert refused["bulkOperation"] is None
    assert refused["userErrors"] == [
        {
            "field": None,
            "message": "The limit of 5 concurrent bulk query operations has been reached.",
            "code": "LIMIT_REACHED",
        }
    ]
    for operation in running:
        assert _cancel(client, operation)["userErrors"] == []
    for operation in running:
        ended = client.wait(operation)
        assert (ended["status"], ended["url"], ended["objectCount"]) == ("CANCELED", None, "0")
    for _ in range(100):  # the export that was under way removes its file when it notices
        left = list((tmp_path / "bulk").rglob("*.jsonl"))
        if not left:
            break
        time.sleep(0.1)
    assert not left
    assert _cancel(client, running[0])["userErrors"] == [
        {"field": None, "message": "A bulk operation cannot be canceled when it is canceled"}
    ]
    found = client.data("""{
        currentBulkOperation { id }
        bulkOperations(first: 2, reverse: true, query: "status:canceled") { nodes { id status } }
        none: bulkOperations(first: 2, query: "status:running") { nodes { id } }
    }""")
    assert found["currentBulkOperation"] == {"id": running[-1]}
    assert [node["id"] for node in found["bulkOperations"]["nodes"]] == running[:-3:-1]
    assert found["none"]["nodes"] == []


def test_an_unknown_operation_cannot_be_cancelled(client: Client) -> None:
    assert _cancel(client, "gid://shopify/BulkOperation/1") == {
        "bulkOperation": None,
        "userErrors": [{"field": ["id"], "message": "Bulk operation does not exist"}],
    }


def test_stopping_the_store_stops_its_exports_and_removes_their_files(
    start: Callable[..., Client], large_store: Path, tmp_path: Path
) -> None:
    client = start(large_store)
    operation, _ = client.bulk('{ products(query: "id:<10") { edges { node { id } } } }')
    client.start_bulk(ALL_PRODUCTS)
    assert len(list((tmp_path / "bulk").rglob("*.jsonl"))) >= 1
    client.stop()
    assert not list((tmp_path / "bulk").rglob("*.jsonl"))
    with pytest.raises(requests.ConnectionError):
        requests.get(operation["url"], timeout=5)


def _cancel(client: Client, operation: str) -> dict[str, Any]:
    answer = client.data(
        """mutation($id: ID!) { bulkOperationCancel(id: $id) {
            bulkOperation { id status } userErrors { field message } } }""",
        id=operation,
    )
    return answer["bulkOperationCancel"]


def _by_id(objects: Any) -> list[dict[str, Any]]:
    return sorted(objects, key=lambda each: each["id"])
