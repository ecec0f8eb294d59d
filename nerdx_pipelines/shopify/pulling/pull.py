"""Pulling products, customers, orders and deletions into raw JSONL files, all or nothing.

Whatever the way, pages or bulk operations, a file looks the same: one object a line, a child
carries the `__parentId` of its parent, in no promised order. Typing is the loader's work.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nerdx_pipelines.files import replacing, writing
from nerdx_pipelines.shopify.pulling import ranges
from nerdx_pipelines.shopify.pulling.bulk import RUNS, BulkFailedError, run_bulk
from nerdx_pipelines.shopify.pulling.jsonl import Written, write_rows
from nerdx_pipelines.shopify.pulling.pages import count, pages
from nerdx_pipelines.shopify.pulling.ranges import RangePull, Slice
from nerdx_pipelines.shopify.pulling.refunds import refund_lines
from nerdx_pipelines.shopify.pulling.resource import (
    CUSTOMERS,
    EVENTS,
    ORDERS,
    PRODUCTS,
    Resource,
    between,
)
from nerdx_pipelines.shopify.transport.client import ShopifyClient

__all__ = [
    "CUSTOMERS",
    "ORDERS",
    "PRODUCTS",
    "Pulled",
    "Resource",
    "between",
    "count",
    "pull",
    "pull_changed",
    "pull_deletions",
    "pull_range",
    "pull_refund_lines",
]

log = logging.getLogger(__name__)

DELETABLE = ("PRODUCT", "ORDER", "CUSTOMER")
EVENTS_KEPT = timedelta(days=365)


@dataclass(frozen=True)
class Pulled:
    """One pull: its file, how it was made, how many objects it holds, and when it began.

    `counted` is how many roots the shop had counted before, where it can be asked.
    Every change made before `began`, by this machine's clock, is in the file; one made while it
    was written may be missing. So the next pull of changes has to reach back to `began`, and not
    only to the newest change in the file.
    """

    file: Path
    method: str  # pages, bulk
    objects: int
    roots: int
    began: datetime
    counted: int | None = None


def pull(client: ShopifyClient, resource: Resource, query: str, to: Path) -> Pulled:
    """Write every object that matches the search text `query` to the file `to`.

    Raises ShopifyError, leaving `to` as it was, when the shop does not give all of them.
    """

    def fetch(to: Path, roots: int) -> tuple[Written, str]:
        if roots >= ranges.BULK_FROM:
            text = resource.text(f"{resource.title}Bulk", query=query)
            for run in range(1, RUNS + 1):
                try:
                    return run_bulk(client, text, to), "bulk"
                except BulkFailedError as error:
                    log.warning("%s: %s (%d of %d tries)", resource.name, error, run, RUNS)
                    client.sleep(2.0**run)
            log.warning("%s: so they are read in pages, about %d objects", resource.name, roots)
        return write_rows(to, pages(client, resource, query)), "pages"

    return _counted(client, resource, query, to, fetch)


def pull_range(
    client: ShopifyClient,
    resource: Resource,
    field: str,
    start: datetime | None,
    end: datetime | None,
    to: Path,
) -> Pulled:
    """Write every object with `start <= field < end` to the file `to`.

    `field` is the name of a time filter of the resource (`processed_at`, `updated_at` …); either
    end may be open. Many objects come by several bulk operations side by side; what fails is
    split and tried again. Raises ShopifyError, leaving `to` as it was, when the shop does not
    give all of them in the end, and ValueError for a filter that sees days only: see
    `pull_changed`.
    """
    if resource.whole_days and field == "updated_at":
        raise ValueError(f"{resource.name} cannot be cut by {field}")

    def fetch(to: Path, roots: int) -> tuple[Written, str]:
        pulling = RangePull(client, resource, field, to.parent)
        written = pulling.run(Slice(start, end, roots), to)
        return written, "bulk" if pulling.operations else "pages"

    return _counted(client, resource, between(field, start, end), to, fetch)


def pull_changed(
    client: ShopifyClient, resource: Resource, since: datetime | None, to: Path
) -> Pulled:
    """Write every object changed at `since` or later to the file `to`; None for all there are.

    No object is lost that changes meanwhile, or that shares its time with many; one may be in
    the file twice, as it was and as it became. `since` has to be the former pull's `began`, less
    what the clocks may differ and the shop's index may lag.
    """
    if since is None:
        return pull(client, resource, "", to)
    if resource.whole_days:
        day = datetime(since.year, since.month, since.day, tzinfo=since.tzinfo)
        return pull(client, resource, between("updated_at", day - timedelta(days=1)), to)
    return pull_range(client, resource, "updated_at", since, None, to)


def pull_deletions(client: ShopifyClient, since: datetime, to: Path) -> Pulled:
    """Write the event of every product, order and customer deleted at `since` or later.

    Shopify keeps events for a year: what was deleted before that is not told any more.
    """
    if datetime.now(UTC) - since > EVENTS_KEPT:
        log.warning("Deletions before %s are not known: Shopify keeps events for a year", since)

    def events() -> Iterator[dict[str, Any]]:
        for subject in DELETABLE:
            search = f"action:'destroy' AND subject_type:'{subject}'"
            query = f"{search} AND {between('created_at', since)}"
            for event in pages(client, EVENTS, query):
                # A filter that a shop does not know is ignored and lets everything through.
                if (event["action"], event["subjectType"]) == ("destroy", subject):
                    yield event

    return _pulled("deletions", to, lambda to: (write_rows(to, events()), "pages"))


def pull_refund_lines(client: ShopifyClient, orders: Path, to: Path) -> Pulled:
    """Write the line items of every refund that the orders in the file `orders` name."""
    rows = refund_lines(client, orders)
    return _pulled("refund lines", to, lambda to: (write_rows(to, rows), "pages"))


def _counted(
    client: ShopifyClient,
    resource: Resource,
    query: str,
    to: Path,
    fetch: Callable[[Path, int], tuple[Written, str]],
) -> Pulled:
    """A pull for which the shop counts first; that it gives fewer is said, as they may be gone."""
    began = datetime.now(UTC)
    counted = count(client, resource, query)
    pulled = _pulled(resource.name, to, lambda to: fetch(to, counted))
    if pulled.roots < counted:
        log.warning(
            "%s: the shop counted %d and gave %d. Were that many deleted meanwhile? (%s)",
            resource.name,
            counted,
            pulled.roots,
            query or "all",
        )
    return replace(pulled, began=began, counted=counted)


def _pulled(what: str, to: Path, fetch: Callable[[Path], tuple[Written, str]]) -> Pulled:
    began = datetime.now(UTC)
    with writing(to), replacing(to) as fresh:
        written, method = fetch(fresh)
    log.info("%s: %d objects by %s", what, written.objects, method)
    return Pulled(to, method, written.objects, written.roots, began)
