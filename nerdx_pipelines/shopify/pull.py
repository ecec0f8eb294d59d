"""Pulling products, customers and orders into raw JSONL files.

Whatever the way, pages or a bulk operation, a file looks the same: one object a
line, a child carries the `__parentId` of its parent. Typing is the loader's work.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nerdx_pipelines.shopify.bulk import download, run_bulk, write_lines
from nerdx_pipelines.shopify.client import CostExceededError, ShopifyClient
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.pages import pages, rest
from nerdx_pipelines.shopify.resource import CUSTOMERS, ORDERS, PRODUCTS, Resource, between

__all__ = [
    "CUSTOMERS",
    "ORDERS",
    "PRODUCTS",
    "Pulled",
    "Resource",
    "between",
    "count",
    "pull",
    "pull_refund_lines",
]

log = logging.getLogger(__name__)

# Below this many roots, pages are quicker than starting a bulk operation and waiting for it.
BULK_FROM = 1_000
REFUNDS = 100  # asked for at once


@dataclass(frozen=True)
class Pulled:
    """One pull: its file, how it was made, and how many objects it holds."""

    file: Path
    method: str  # pages, bulk
    objects: int


def count(client: ShopifyClient, resource: Resource, query: str) -> int:
    """How many objects of `resource` match the search text `query`; "" for all."""
    answer = client.execute(resource.text(f"{resource.title}Count"), {"query": query})
    found: int = answer["count"]["count"]
    return found


def pull(client: ShopifyClient, resource: Resource, query: str, to: Path) -> Pulled:
    """Write every object that matches the search text `query` to the file `to`.

    Raises ShopifyError, leaving `to` as it was, when the shop does not give all of them.
    """
    method = "bulk" if count(client, resource, query) >= BULK_FROM else "pages"
    if method == "bulk":
        file = run_bulk(client, resource.text(f"{resource.title}Bulk", query=query))
        objects = download(client, file, to)
    else:
        objects = write_lines(to, map(_line, pages(client, resource, query)))
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
        for start in range(0, len(refunds), REFUNDS)
        for row in _refund_lines(client, refunds[start : start + REFUNDS])
    )
    return Pulled(to, "pages", write_lines(to, map(_line, rows)))


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
        refunds = client.execute(operation("refunds", "Refunds"), {"ids": ids})["nodes"]
    except CostExceededError:
        if len(ids) == 1:
            raise
        middle = len(ids) // 2
        yield from _refund_lines(client, ids[:middle])
        yield from _refund_lines(client, ids[middle:])
        return
    text = operation("refunds", "RefundsLines")
    for refund in filter(None, refunds):  # null: deleted since
        path = ("refundLineItems",)
        yield from rest(client, text, path, refund["id"], refund["refundLineItems"])


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
