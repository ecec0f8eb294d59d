"""Bulk operations: one query over any number of objects, answered as a JSONL file.

Starts one, waits for it, streams the file to disk and counts what arrived.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.files import replacing, writing
from nerdx_pipelines.shopify.client import TIMEOUT, ShopifyClient
from nerdx_pipelines.shopify.documents import operation

log = logging.getLogger(__name__)

PATIENCE = 24 * 3600.0  # seconds; Shopify ends an operation itself after 10 days
DOWNLOADS = 3


class BrokenFileError(ShopifyError):
    """A bulk file did not arrive whole; it can be fetched again."""


@dataclass(frozen=True)
class BulkFile:
    """What a finished bulk operation said it wrote; `url` is None when nothing matched."""

    url: str | None
    objects: int
    roots: int


def run_bulk(client: ShopifyClient, query: str, patience: float = PATIENCE) -> BulkFile:
    """Run `query` (a whole document, without variables) and wait until it is done.

    Raises ShopifyError if Shopify refuses, fails, cancels or expires it.
    """
    answer = client.execute(operation("bulk", "RunBulk"), {"query": query})["bulkOperationRunQuery"]
    if answer["userErrors"]:
        problems = "; ".join(e["message"] for e in answer["userErrors"])
        raise ShopifyError(
            f"{client.shop_url} refused a bulk operation: {problems} If others are under way, run "
            "it again when they are done."
        )
    bulk_id = answer["bulkOperation"]["id"]
    started = time.monotonic()
    pause = 0.1
    while True:
        state = client.execute(operation("bulk", "PollBulk"), {"id": bulk_id})["node"]
        if state is None:
            raise ShopifyError(f"{client.shop_url} knows {bulk_id} no more; run it again.")
        if state["status"] not in ("CREATED", "RUNNING"):
            break
        if time.monotonic() - started > patience:
            raise ShopifyError(f"{bulk_id} still runs after {patience:.0f} s; try a shorter range.")
        client.sleep(pause)
        pause = min(pause * 1.5, 5.0)
        log.debug("%s: %s objects so far", bulk_id, state["objectCount"])
    if state["status"] != "COMPLETED":
        raise ShopifyError(
            f"{bulk_id} ended {state['status']} ({state['errorCode']}); nothing was loaded. "
            "Run it again, or take a shorter range."
        )
    objects, roots = int(state["objectCount"]), int(state["rootObjectCount"])
    if objects and not state["url"]:
        raise ShopifyError(f"{bulk_id} counts {objects} objects but offers no file; run it again.")
    return BulkFile(state["url"], objects, roots)


def download(client: ShopifyClient, file: BulkFile, to: Path) -> int:
    """Write the file's lines to `to`, all or nothing; how many. Tries again if it breaks off."""
    for attempt in range(1, DOWNLOADS):
        try:
            return write_lines(to, _lines(client, file))
        except BrokenFileError as error:
            log.warning("%s Fetching it again.", error)
            client.sleep(2.0**attempt)
    return write_lines(to, _lines(client, file))


def _lines(client: ShopifyClient, file: BulkFile) -> Iterator[bytes]:
    """The file's lines as they arrive. Raises BrokenFileError if any is missing at the end."""
    if file.url is None:
        return
    objects = roots = 0
    try:
        for line in _stream(client, file.url):
            objects += 1
            roots += b'"__parentId"' not in line
            yield line
    except requests.RequestException as error:
        raise BrokenFileError(
            f"The bulk file broke off after {objects} of {file.objects} lines "
            f"({type(error).__name__}); run it again."
        ) from error
    if (objects, roots) != (file.objects, file.roots):
        raise BrokenFileError(
            f"The bulk file holds {objects} objects ({roots} roots) where Shopify counted "
            f"{file.objects} ({file.roots}); nothing was loaded. Run it again."
        )


def _stream(client: ShopifyClient, url: str) -> Iterator[bytes]:
    with client.session.get(url, stream=True, timeout=TIMEOUT) as response:
        if response.status_code != 200:
            raise BrokenFileError(
                f"The bulk file answered HTTP {response.status_code}; run it again."
            )
        rest = b""
        for chunk in response.iter_content(1 << 20):
            *complete, rest = (rest + chunk).split(b"\n")
            yield from complete
    if rest:
        yield rest


def write_lines(to: Path, rows: Iterator[bytes]) -> int:
    """Write one row a line, all or nothing; the number of rows."""
    count = 0
    with writing(to), replacing(to) as fresh, fresh.open("wb") as file:
        for row in rows:
            file.write(row)
            file.write(b"\n")
            count += 1
    return count
