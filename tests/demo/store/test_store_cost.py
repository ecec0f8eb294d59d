"""Query cost and the leaky bucket, against the figures Shopify and its clients have published."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nerdx_pipelines.demo.store import throttle
from tests.demo.store.demo_shop import Client


def cost(client: Client, query: str) -> tuple[int, int]:
    found = client.body(query)["extensions"]["cost"]
    return found["requestedQueryCost"], found["actualQueryCost"]


@pytest.mark.parametrize(
    ("query", "requested", "actual"),
    [
        ("{ shop { id name } }", 1, 1),
        ("{ orders { edges { node { id } } } }", 2, 2),  # the error that wants first or last
        # The public figure: 1 + 8 x (1 + variant + its item) = 25.
        ('{ product(id: "gid://shopify/Product/104") {'
         " variants(first: 250) { nodes { inventoryItem { id tracked } } } } }", 25, 7),
        ('{ product(id: "gid://shopify/Product/1") { variants(first: 250) { nodes { id } } } }',
         17, 0),
        ("{ orders(first: 3) { nodes { totalPriceSet { shopMoney { amount } } } } }", 4, 4),
        ("{ orders(first: 100) { nodes { customer { id }"
         " lineItems(first: 10) { nodes { product { id } } } } } }", 105, 72),
        ('{ nodes(ids: ["gid://shopify/Order/2000", "gid://shopify/Order/1"]) {'
         " ... on Order { customer { id } } ... on Product { id } } }", 4, 2),
        ('mutation { bulkOperationCancel(id: "gid://shopify/BulkOperation/1") {'
         " bulkOperation { id } userErrors { message } } }", 10, 10),
        ("{ __schema { queryType { name } } }", 0, 0),
    ],
)  # fmt: skip
def test_costs(client: Client, query: str, requested: int, actual: int) -> None:
    assert cost(client, query) == (requested, actual)


def test_no_query_may_cost_more_than_a_thousand(client: Client) -> None:
    query = """{ orders(first: 250) { nodes { lineItems(first: 250) { nodes {
        product { variants(first: 250) { nodes { product { id } } } } } } } } }"""
    body = client.body(query)
    (error,) = body["errors"]
    assert "data" not in body
    assert error["message"].startswith(
        "Query cost is 1744, which exceeds the single query max cost limit (1000)."
    )
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert (error["extensions"]["cost"], error["extensions"]["maxCost"]) == (1744, 1000)


def test_an_empty_bucket_throttles_in_http_200(
    start: Callable[..., Client], store_path: Path
) -> None:
    client = start(store_path, bucket=50, restore=0)
    page = '{ orders(first: 250, query: "id:1") { nodes { customer { id } } } }'
    answer = client.body(page)
    assert answer["extensions"]["cost"] == {
        "requestedQueryCost": 24,
        "actualQueryCost": 2,
        "throttleStatus": {
            "maximumAvailable": 50.0,
            "currentlyAvailable": 48,
            "restoreRate": 0.0,
        },
    }
    for _ in range(3):
        client.start_bulk("{ orders { edges { node { id } } } }")
    response = client.post(page)
    assert response.status_code == 200
    assert response.json() == {
        "errors": [
            {
                "message": "Throttled",
                "extensions": {
                    "code": "THROTTLED",
                    "documentation": "https://shopify.dev/api/usage/rate-limits",
                },
            }
        ],
        "extensions": {
            "cost": {
                "requestedQueryCost": 24,
                "actualQueryCost": None,
                "throttleStatus": {
                    "maximumAvailable": 50.0,
                    "currentlyAvailable": 18,
                    "restoreRate": 0.0,
                },
            }
        },
    }


def test_the_bucket_leaks_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(throttle.time, "monotonic", lambda: now)
    bucket = throttle.Bucket(2000, 100)
    assert bucket.take(1999)
    assert not bucket.take(2)
    now += 0.5
    assert bucket.take(51)
    now += 5
    assert bucket.status()["currentlyAvailable"] == 500
    bucket.give_back(100)
    assert bucket.status()["currentlyAvailable"] == 600
    now += 3600
    assert bucket.status()["currentlyAvailable"] == 2000
