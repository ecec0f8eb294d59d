"""The search fields of each resource and how their values compare, as Shopify documents them.

One table of SQL expressions over the row `{t}`; the syntax around them is in `search.py`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Protocol

from nerdx_pipelines.demo.store.errors import bad_request
from nerdx_pipelines.sql import literal

DEFAULT = "default"
_MAX_DIGITS = 30  # of a number that is compared at all; ids have 19


class Filter(Protocol):
    """How one search field turns an operator (= > >= < <=) and a value into SQL."""

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:
        """SQL condition on the row aliased `row`."""


@dataclass(frozen=True)
class Time:
    """A moment; a coarser value (2026, 2026-11, a day, a second) means all of that period."""

    sql: str
    whole_days: bool = False

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:  # noqa: D102
        start, end = _period(value, zone, self.whole_days)
        moment = self.sql.format(t=row)
        since, until = f"{moment} >= {_timestamp(start)}", f"{moment} < {_timestamp(end)}"
        return {
            "=": f"({since} AND {until})",
            ">": f"{moment} >= {_timestamp(end)}",
            ">=": since,
            "<": f"{moment} < {_timestamp(start)}",
            "<=": until,
        }[operator]


@dataclass(frozen=True)
class Number:
    """An id, as a number or a global id, or an amount."""

    sql: str

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:  # noqa: D102
        try:
            number = Decimal(value.rsplit("/", 1)[-1])
        except InvalidOperation:
            return "false"
        if not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS:
            return "false"
        return f"{self.sql.format(t=row)} {operator} {number:f}"


@dataclass(frozen=True)
class Text:
    """Words: the value as whole words of the text, `word*` as a beginning, `*` as any text."""

    sql: str

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:  # noqa: D102
        text = self.sql.format(t=row)
        if value == "*":
            return f"coalesce({text}, '') <> ''"
        words = re.escape(value.removesuffix("*").lower())
        end = "" if value.endswith("*") else r"($|[^\p{L}\p{N}])"
        pattern = literal(rf"(^|[^\p{{L}}\p{{N}}]){words}{end}")
        return f"regexp_matches(lower({text}), {pattern})"


@dataclass(frozen=True)
class Choice:
    """Lower-case words of a closed list, several separated by commas; `sql` gives a list."""

    sql: str

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:  # noqa: D102
        words = ", ".join(literal(word.strip().lower()) for word in value.split(","))
        return f"list_has_any({self.sql.format(t=row)}, [{words}])"


@dataclass(frozen=True)
class Not:
    """The opposite of another field."""

    of: Filter

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:  # noqa: D102
        return f"({self.of.condition(row, operator, value, zone)}) IS NOT TRUE"


ID = Number("{t}.id")
TAG = Choice("list_transform({t}.tags, lambda tag: lower(tag))")
_OF_PRODUCT = "(SELECT {column} FROM store.products p WHERE p.id = {{t}}.product_id)"

FILTERS: dict[str, dict[str, Filter]] = {
    "Order": {
        DEFAULT: Text("concat_ws(' ', {t}.name, {t}.email)"),
        "id": ID,
        "name": Text("{t}.name"),
        "email": Text("{t}.email"),
        "customer_id": Number("{t}.customer_id"),
        "created_at": Time("{t}.created_at"),
        "processed_at": Time("{t}.processed_at"),
        "updated_at": Time("{t}.updated_at"),
        "financial_status": Choice("[lower({t}.financial_status)]"),
        "fulfillment_status": Choice(
            "CASE {t}.fulfillment_status WHEN 'FULFILLED' THEN ['fulfilled', 'shipped']"
            " WHEN 'UNFULFILLED' THEN ['unfulfilled', 'unshipped']"
            " ELSE [lower({t}.fulfillment_status)] END"
        ),
        "status": Choice(
            "CASE WHEN {t}.cancelled_at IS NULL THEN ['open', 'not_closed', 'any']"
            " ELSE ['cancelled', 'not_closed', 'any'] END"
        ),
        "test": Choice("[CAST({t}.test AS VARCHAR)]"),
        "source_name": Choice("[lower({t}.source_name)]"),
        "current_total_price": Number("{t}.current_total_price"),
        "sku": Choice(
            "(SELECT list(lower(l.sku)) FROM store.line_items l WHERE l.order_id = {t}.id)"
        ),
    },
    "Customer": {
        DEFAULT: Text("concat_ws(' ', {t}.first_name, {t}.last_name, {t}.email)"),
        "id": ID,
        "email": Text("{t}.email"),
        "first_name": Text("{t}.first_name"),
        "last_name": Text("{t}.last_name"),
        "customer_date": Time("{t}.created_at"),
        "updated_at": Time("{t}.updated_at", whole_days=True),
        "orders_count": Number(
            "(SELECT count(*) FROM store.orders o WHERE o.customer_id = {t}.id)"
        ),
        "tag": TAG,
        "tag_not": Not(TAG),
    },
    "Product": {
        DEFAULT: Text("concat_ws(' ', {t}.title, {t}.vendor, {t}.product_type)"),
        "id": ID,
        "title": Text("{t}.title"),
        "handle": Text("{t}.handle"),
        "vendor": Choice("[lower({t}.vendor)]"),
        "product_type": Choice("[lower({t}.product_type)]"),
        "status": Choice("[lower({t}.status)]"),
        "created_at": Time("{t}.created_at"),
        "updated_at": Time("{t}.updated_at"),
        "published_at": Time("{t}.published_at"),
        "sku": Choice(
            "(SELECT list(lower(v.sku)) FROM store.product_variants v WHERE v.product_id = {t}.id)"
        ),
        "tag": TAG,
        "tag_not": Not(TAG),
    },
    "ProductVariant": {
        DEFAULT: Text("concat_ws(' ', {t}.title, {t}.sku)"),
        "id": ID,
        "title": Text("{t}.title"),
        "sku": Choice("[lower({t}.sku)]"),
        "product_id": Number("{t}.product_id"),
        "inventory_quantity": Number("{t}.inventory_quantity"),
        "updated_at": Time("{t}.updated_at"),
        "vendor": Choice(f"[lower({_OF_PRODUCT.format(column='p.vendor')})]"),
        "product_type": Choice(f"[lower({_OF_PRODUCT.format(column='p.product_type')})]"),
        "product_status": Choice(f"[lower({_OF_PRODUCT.format(column='p.status')})]"),
    },
    "InventoryItem": {
        "id": ID,
        "sku": Choice(
            "[lower((SELECT v.sku FROM store.product_variants v WHERE v.id = {t}.variant_id))]"
        ),
        "created_at": Time("{t}.created_at"),
        "updated_at": Time("{t}.updated_at"),
    },
    "InventoryLevel": {},
    "Location": {
        DEFAULT: Text("{t}.name"),
        "id": ID,
        "location_id": ID,
        "active": Choice("[CAST({t}.is_active AS VARCHAR)]"),
        "created_at": Time("{t}.created_at"),
    },
    "Collection": {
        DEFAULT: Text("{t}.title"),
        "id": ID,
        "title": Text("{t}.title"),
        "handle": Text("{t}.handle"),
        "updated_at": Time("{t}.updated_at"),
    },
    "BasicEvent": {
        "id": ID,
        "action": Choice("[lower({t}.action)]"),
        "subject_type": Choice("[lower({t}.subject_type)]"),
        "created_at": Time("{t}.created_at"),
    },
    "WebhookSubscription": {
        "id": ID,
        "created_at": Time("{t}.created_at"),
        "updated_at": Time("{t}.updated_at"),
    },
    "BulkOperation": {
        "id": ID,
        "created_at": Time("{t}.created_at"),
        "operation_type": Choice("[lower({t}.type)]"),
        "status": Choice("[lower({t}.status)]"),
    },
}


def _period(value: str, zone: tzinfo, whole_days: bool) -> tuple[datetime, datetime]:
    """First moment of the period that `value` names, and the first one after it."""
    if value == "now":
        return datetime.now(UTC), datetime.now(UTC)
    try:
        start = datetime.fromisoformat(
            value + "-01-01"[len(value) - 4 :] if len(value) < 10 else value
        )
        start = start if start.tzinfo else start.replace(tzinfo=zone)
        if whole_days:
            start = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
            return start, start + timedelta(days=1)
        match len(value):
            case 4:
                return start, start.replace(year=start.year + 1)
            case 7:
                return start, (start + timedelta(days=31)).replace(day=1)
            case 10:
                return start, start + timedelta(days=1)
        return start, start + timedelta(microseconds=1 if "." in value else 1_000_000)
    except (ValueError, OverflowError):
        raise bad_request(f"Invalid timestamp for query filter: {value!r}.") from None


def _timestamp(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.astimezone(UTC).isoformat(' ')}'"
