"""Pulling products, customers and orders into raw JSONL files.

Whatever the way, pages or a bulk operation, a file looks the same: one object a
line, a child carries the `__parentId` of its parent. Typing is the loader's work.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nerdx_pipelines.shopify.bulk import inline, lines, run_bulk, write_lines
from nerdx_pipelines.shopify.client import CostExceededError, ShopifyClient
from nerdx_pipelines.shopify.documents import operation

log = logging.getLogger(__name__)

# Below this many roots, pages are quicker than starting a bulk operation and waiting for it.
BULK_FROM = 1_000
PAGE = 100


@dataclass(frozen=True)
class Resource:
    """A root connection of the Admin API and the one connection pulled with it."""

    name: str  # of the document file
    title: str  # prefix of its operations
    children: str | None


PRODUCTS = Resource("products", "Products", "variants")
CUSTOMERS = Resource("customers", "Customers", None)
ORDERS = Resource("orders", "Orders", "lineItems")


@dataclass(frozen=True)
class Pulled:
    """One pull: its file, how it was made, and how many objects it holds."""

    file: Path
    method: str  # pages, bulk
    objects: int


def between(field: str, start: datetime | None, end: datetime | None = None) -> str:
    """Shopify search text for `start <= field < end`; either end may be open."""
    bounds = [(">=", start), ("<", end)]
    return " AND ".join(
        f"{field}:{sign}'{bound.isoformat().replace('+00:00', 'Z')}'"
        for sign, bound in bounds
        if bound is not None
    )


def count(client: ShopifyClient, resource: Resource, query: str) -> int:
    """How many objects of `resource` match the search text `query`; "" for all."""
    found: int = client.execute(_op(resource, "Count"), {"query": query})["count"]["count"]
    return found


def pull(client: ShopifyClient, resource: Resource, query: str, to: Path) -> Pulled:
    """Write every object that matches the search text `query` to the file `to`.

    Raises ShopifyError, leaving `to` as it was, when the shop does not give all of them.
    """
    method = "bulk" if count(client, resource, query) >= BULK_FROM else "pages"
    if method == "bulk":
        rows = lines(client, run_bulk(client, inline(_op(resource, "Bulk"), query)))
    else:
        rows = map(_line, _pages(client, resource, query))
    pulled = Pulled(to, method, write_lines(to, rows))
    log.info("%s: %d objects by %s", resource.name, pulled.objects, pulled.method)
    return pulled


def pull_refund_lines(client: ShopifyClient, orders: Path, to: Path) -> Pulled:
    """Write the line items of every refund that the orders in the file `orders` name.

    Bulk operations cannot reach them (a connection inside a list), so the refunds are asked for
    by id, many at a time.
    """
    refunds = _refund_ids(orders)
    rows = (
        row
        for start in range(0, len(refunds), PAGE)
        for row in _refund_lines(client, refunds[start : start + PAGE])
    )
    return Pulled(to, "pages", write_lines(to, map(_line, rows)))


def _op(resource: Resource, kind: str) -> str:
    return operation(resource.name, resource.title + kind)


def _pages(client: ShopifyClient, resource: Resource, query: str) -> Iterator[dict[str, Any]]:
    first, after, more = PAGE, None, True
    while more:
        try:
            variables = {"query": query, "first": first, "after": after}
            roots = client.execute(_op(resource, "Page"), variables)["roots"]
        except CostExceededError:
            if first == 1:
                raise
            first = max(1, first // 2)
            continue
        for node in roots["nodes"]:
            connection = node.pop(resource.children, None)
            yield node
            if connection:
                ask = _op(resource, "Children")
                yield from _connection(client, ask, node["id"], connection)
        more, after = roots["pageInfo"]["hasNextPage"], roots["pageInfo"]["endCursor"]


def _connection(
    client: ShopifyClient, ask: str, parent: str, connection: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Every node of a nested connection, whose first page came with its parent."""
    while True:
        for node in connection["nodes"]:
            yield {**node, "__parentId": parent}
        page = connection["pageInfo"]
        if not page["hasNextPage"]:
            return
        variables = {"id": parent, "first": 250, "after": page["endCursor"]}
        connection = client.execute(ask, variables)["node"]["children"]


def _refund_ids(orders: Path) -> list[str]:
    found = []
    with orders.open("rb") as file:
        for line in file:
            # Parsing every line would cost more than the pull; few orders have refunds.
            if b'"refunds"' in line and b'"refunds":[]' not in line:
                found += [refund["id"] for refund in json.loads(line)["refunds"]]
    return found


def _refund_lines(client: ShopifyClient, ids: list[str]) -> Iterator[dict[str, Any]]:
    try:
        refunds = client.execute(operation("refunds", "RefundLines"), {"ids": ids})["nodes"]
    except CostExceededError:
        if len(ids) == 1:
            raise
        middle = len(ids) // 2
        yield from _refund_lines(client, ids[:middle])
        yield from _refund_lines(client, ids[middle:])
        return
    ask = operation("refunds", "RefundsChildren")
    for refund in filter(None, refunds):  # null: deleted since
        yield from _connection(client, ask, refund["id"], refund["refundLineItems"])


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
