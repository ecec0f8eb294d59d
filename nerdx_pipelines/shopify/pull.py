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

from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.shopify.bulk import download, inline, run_bulk, write_lines
from nerdx_pipelines.shopify.client import CostExceededError, ShopifyClient
from nerdx_pipelines.shopify.documents import operation

log = logging.getLogger(__name__)

# Below this many roots, pages are quicker than starting a bulk operation and waiting for it.
BULK_FROM = 1_000
PAGE = 100
LARGEST_PAGE = 250


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
        file = run_bulk(client, inline(_op(resource, "Bulk"), query))
        objects = download(client, file, to)
    else:
        objects = write_lines(to, map(_line, _pages(client, resource, query)))
    pulled = Pulled(to, method, objects)
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


def _ask(
    client: ShopifyClient, text: str, first: int, **variables: object
) -> tuple[dict[str, Any], int]:
    """The answer with `first` objects, or as many as one query may ask for, and that number."""
    while True:
        try:
            return client.execute(text, {**variables, "first": first}), first
        except CostExceededError:
            if first == 1:
                raise
            first //= 2


def _pages(client: ShopifyClient, resource: Resource, query: str) -> Iterator[dict[str, Any]]:
    text, first, after, more = _op(resource, "Page"), PAGE, None, True
    while more:
        data, first = _ask(client, text, first, query=query, after=after)
        roots = data["roots"]
        for node in roots["nodes"]:
            connection = node.pop(resource.children, None)
            yield node
            if connection:
                children = _op(resource, "Children")
                yield from _connection(client, children, node["id"], connection)
        more, after = roots["pageInfo"]["hasNextPage"], roots["pageInfo"]["endCursor"]


def _connection(
    client: ShopifyClient, text: str, parent: str, connection: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Every node of a nested connection, whose first page came with its parent."""
    first = LARGEST_PAGE
    while True:
        for node in connection["nodes"]:
            yield {**node, "__parentId": parent}
        page = connection["pageInfo"]
        if not page["hasNextPage"]:
            return
        data, first = _ask(client, text, first, id=parent, after=page["endCursor"])
        if data["node"] is None:
            raise ShopifyError(f"{parent} was deleted while it was read; run it again.")
        connection = data["node"]["children"]


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
    text = operation("refunds", "RefundsChildren")
    for refund in filter(None, refunds):  # null: deleted since
        yield from _connection(client, text, refund["id"], refund["refundLineItems"])


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
