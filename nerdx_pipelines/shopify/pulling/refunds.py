"""Line items of refunds, which no bulk operation reaches: a connection inside a list.

The refunds are named by orders that were pulled before; here they are asked for by id.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.pulling.pages import rest
from nerdx_pipelines.shopify.transport.client import CostExceededError, ShopifyClient

REFUNDS = 100  # asked for at once
IN_FLIGHT = 4  # requests; how fast they may follow each other is the client's business
CONNECTION = ("refundLineItems",)

Row = dict[str, Any]


def refund_lines(client: ShopifyClient, orders: Path) -> Iterator[Row]:
    """The line items of every refund that the orders in the file `orders` name."""
    refunds = _refund_ids(orders)
    batches = [refunds[start : start + REFUNDS] for start in range(0, len(refunds), REFUNDS)]
    pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="refunds")
    try:
        for rows in pool.map(lambda ids: list(_lines(client, ids)), batches):
            yield from rows
    finally:
        pool.shutdown(cancel_futures=True)


def _refund_ids(orders: Path) -> list[str]:
    found = []
    with orders.open("rb") as file:
        for line in file:
            # Parsing every line would cost more than the pull; few orders have refunds.
            if b'"refunds"' in line and b'"refunds":[]' not in line:
                found += [refund["id"] for refund in json.loads(line)["refunds"]]
    return list(dict.fromkeys(found))  # an order may be there twice, after a pull of changes


def _lines(client: ShopifyClient, ids: list[str]) -> Iterator[Row]:
    try:
        refunds = client.execute(operation("refunds", "Refunds"), {"ids": ids})["nodes"]
    except CostExceededError:
        if len(ids) == 1:
            raise
        middle = len(ids) // 2
        yield from _lines(client, ids[:middle])
        yield from _lines(client, ids[middle:])
        return
    text = operation("refunds", "RefundsLines")
    for refund in filter(None, refunds):  # null: deleted since
        yield from rest(client, text, CONNECTION, refund["id"], refund["refundLineItems"])
