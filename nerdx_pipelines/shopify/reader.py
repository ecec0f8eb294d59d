"""Answers to what a person asks of the shop: its data as rows, its sales, itself.

Each call reads the shop anew and keeps nothing; the pipeline's own pulls are in `pulling/pull.py`.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.shopify import rows
from nerdx_pipelines.shopify.analytics import sales
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.ids import number_of
from nerdx_pipelines.shopify.pulling.jsonl import write_rows
from nerdx_pipelines.shopify.pulling.pages import pages
from nerdx_pipelines.shopify.pulling.pull import pull, pull_refund_lines
from nerdx_pipelines.shopify.pulling.resource import CUSTOMERS, ORDERS, PRODUCTS, Resource, between
from nerdx_pipelines.shopify.scopes import (
    ALL_ORDERS,
    check_order_history,
    missing_for,
    with_implied,
)
from nerdx_pipelines.shopify.transport.client import ShopifyClient

log = logging.getLogger(__name__)

Row = dict[str, Any]
When = datetime | date | str | None
STATUSES = ("any", "open", "closed", "cancelled")
WHOLE_DAYS = timedelta(days=2)  # the customers' filter knows days only, of an unknown zone
START = datetime(2004, 1, 1, tzinfo=UTC)  # before the first shop


@dataclass
class Reader:
    """Reads one shop; what it says about itself, and the token's scopes, are asked for once."""

    client: ShopifyClient

    @cached_property
    def shop(self) -> Row:
        """The shop's id, name, domains, currency, time_zone, plan and the token's scopes."""
        data = self.client.execute(operation("shop", "ShopInfo"))
        shop, app = data["shop"], data["currentAppInstallation"]
        return {
            "shop_id": number_of(shop["id"]),
            "name": shop["name"],
            "domain": shop["myshopifyDomain"],
            "url": shop["url"],
            "email": shop["email"],
            "currency": shop["currencyCode"],
            "time_zone": shop["ianaTimezone"],
            "plan": shop["plan"]["publicDisplayName"],
            "scopes": sorted(scope["handle"] for scope in app["accessScopes"]),
            "api_version": self.client.served_version or self.client.api_version,
        }

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.shop["time_zone"])

    def products(self, limit: int | None = None, updated_after: When = None) -> list[Row]:
        """Products with their `variants`, as `rows.products` has them, by id."""
        self._need("products")
        resource = PRODUCTS.without("costs") if self._missing("unit_costs") else PRODUCTS
        since = self._instant(updated_after)
        with self._fetched(resource, "", limit, since) as (file, _):
            return _changed(rows.products(_records(file)), since)

    def customers(self, limit: int | None = None, updated_after: When = None) -> list[Row]:
        """Customers, as `rows.customers` has them, by id."""
        self._need("customers")
        since = self._instant(updated_after)
        with self._fetched(CUSTOMERS, "", limit, since) as (file, _):
            return _changed(rows.customers(_records(file)), since)

    def orders(
        self,
        status: str = "any",
        created_after: When = None,
        created_before: When = None,
        updated_after: When = None,
        limit: int | None = None,
    ) -> list[Row]:
        """Orders with `line_items` and `refunds`, as `rows.orders` has them, by id."""
        if status not in STATUSES:
            raise ShopifyError(f"{status!r} is no status of orders: take one of {STATUSES}.")
        since, until = self._instant(created_after), self._instant(created_before)
        changed = self._instant(updated_after)
        query = _all(
            between("created_at", since, until), "" if status == "any" else f"status:{status}"
        )
        self._need("orders")
        self._see(since or (None if limit or changed else START))
        return self._orders(query, limit, changed)

    def sales(self, start_date: When, end_date: When) -> Row:
        """`analytics.sales` of the days from `start_date` to `end_date`, both in."""
        first, last = self._day(start_date), self._day(end_date)
        if last < first:
            raise ShopifyError(f"The days end on {last}, before they start on {first}.")
        start, end = (
            datetime.combine(day, time(), self.zone).astimezone(UTC)
            for day in (first, last + timedelta(days=1))
        )
        self._need("orders")
        self._see(start)
        placed = self._orders(between("processed_at", start, end))
        # What was refunded or cancelled on these days is of earlier orders, too.
        changed = self._orders(
            _all(between("processed_at", None, start), between("updated_at", start))
        )
        known = {order["order_id"]: order for order in chain(changed, placed)}
        return sales(known.values(), first, last, self.zone, self.shop["currency"])

    def _orders(
        self, query: str, limit: int | None = None, since: datetime | None = None
    ) -> list[Row]:
        resource = ORDERS.without("customers") if self._missing("customers") else ORDERS
        with self._fetched(resource, query, limit, since) as (file, refund_lines):
            pull_refund_lines(self.client, file, refund_lines)
            found = rows.orders(_records(file), _records(refund_lines), self.zone)
        return _changed(found, since)

    @contextmanager
    def _fetched(
        self, resource: Resource, query: str, limit: int | None, since: datetime | None
    ) -> Iterator[tuple[Path, Path]]:
        """A raw file of what matches, at most `limit` roots, and a place for another file."""
        if limit is not None and limit < 0:
            raise ShopifyError(f"The limit {limit} is negative; leave it out for all.")
        asked = since - WHOLE_DAYS if since and resource is CUSTOMERS else since
        query = _all(query, between("updated_at", asked))
        with TemporaryDirectory(prefix="nerdx-") as folder:
            file = Path(folder) / f"{resource.name}.jsonl"
            if limit is None:
                pull(self.client, resource, query, file)
            else:
                write_rows(file, _first(pages(self.client, resource, query), limit, since))
            yield file, file.with_suffix(".refunds")

    def _missing(self, part: str) -> str | None:
        return missing_for(part, self._scopes)

    def _need(self, part: str) -> None:
        if reason := self._missing(part):
            raise ShopifyError(f"{self.client.shop_url}: {reason}.")

    def _see(self, first: datetime | None) -> None:
        """Make sure that orders since `first` are visible, and say so if older ones are not."""
        if first is not None:
            check_order_history(self._scopes, first, datetime.now(UTC))
        if ALL_ORDERS not in self._scopes:
            log.warning(
                "Without the scope %s orders older than 60 days are not seen, nor what was "
                "refunded of them since.",
                ALL_ORDERS,
            )

    @property
    def _scopes(self) -> frozenset[str]:
        return with_implied(self.shop["scopes"])

    def _instant(self, when: When) -> datetime | None:
        """The instant; a date is its start, and a time without zone is in the shop's."""
        if when is None:
            return None
        moment = _read(when)
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC)

    def _day(self, when: When) -> date:
        """The calendar day in the shop's time zone."""
        if when is None:
            raise ShopifyError("Sales need a first and a last day.")
        moment = _read(when)
        if isinstance(moment, datetime):
            return moment.astimezone(self.zone).date() if moment.tzinfo else moment.date()
        return moment


def _all(*terms: str) -> str:
    """Search text for what all of the terms say; an empty one says nothing."""
    return " AND ".join(filter(None, terms))


def _read(when: datetime | date | str) -> datetime | date:
    if not isinstance(when, str):
        return when
    try:
        return date.fromisoformat(when) if len(when) == 10 else datetime.fromisoformat(when)
    except ValueError:
        raise ShopifyError(
            f"{when!r} is no date or time: write 2026-11-22 or 2026-11-22T09:30:00+01:00."
        ) from None


def _records(file: Path) -> Iterator[Row]:
    with file.open("rb") as lines:
        for line in lines:
            yield json.loads(line)


def _first(records: Iterator[Row], limit: int, since: datetime | None) -> Iterator[Row]:
    """The first `limit` roots that changed `since`, each with its children, who follow it."""
    roots: set[str] = set()
    for record in records:
        if "__parentId" in record:
            if record["__parentId"] in roots:
                yield record
        elif since is None or datetime.fromisoformat(record["updatedAt"]) >= since:
            if len(roots) == limit:
                return
            roots.add(record["id"])
            yield record


def _changed(found: list[Row], since: datetime | None) -> list[Row]:
    return [row for row in found if since is None or row["updated_at"] >= since]
