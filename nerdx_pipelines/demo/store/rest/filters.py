"""The parameters of REST lists: which there are, and what each asks of a row.

Parameters that a resource does not know are ignored, as Shopify does; pages are in `endpoints.py`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo

from nerdx_pipelines.demo.store.reads.filters import Time
from nerdx_pipelines.sql import literal

Condition = Callable[[str], str | None]
_MOMENTS = ("created_at", "updated_at", "processed_at", "published_at")
_OPERATORS = {"min": ">=", "max": "<="}
# A plus sign that nobody escaped arrives as a space.
_UNESCAPED_OFFSET = re.compile(r" (?=\d\d:?\d\d$)")


class BadParameterError(Exception):
    """A parameter whose value cannot be used; `name` says which."""

    def __init__(self, name: str, message: str = "Invalid value.") -> None:
        super().__init__(message)
        self.name = name


def _words(expression: str) -> Condition:
    def condition(value: str) -> str:
        wanted = ", ".join(literal(word.strip().lower()) for word in value.split(","))
        return f"lower({expression}) IN ({wanted})"

    return condition


def _numbers(column: str) -> Condition:
    def condition(value: str) -> str:
        wanted = ", ".join(str(int(word)) for word in value.split(",") if word.strip())
        return f"t.{column} IN ({wanted or 'NULL'})"

    return condition


def _state(states: Mapping[str, str | None], expression: str) -> Condition:
    """`states` by value, other values compared with the lower-case expression."""
    compare = _words(expression)
    return lambda value: states[value] if value in states else compare(value)


_UNPAID = "t.financial_status IN ('AUTHORIZED', 'PENDING', 'EXPIRED', 'PARTIALLY_PAID')"
_FULFILLED = "t.fulfillment_status = 'FULFILLED'"
_UNFULFILLED = "t.fulfillment_status IN ('UNFULFILLED', 'PARTIALLY_FULFILLED')"
_ALL = {"ids": _numbers("id"), "since_id": lambda value: f"t.id > {int(value)}"}
FILTERS: Mapping[str, Mapping[str, Condition]] = {
    "orders": {
        **_ALL,
        "status": _state(
            {
                "any": None,
                "open": "t.cancelled_at IS NULL",
                "closed": "false",  # nothing is ever archived here
                "cancelled": "t.cancelled_at IS NOT NULL",
            },
            "'no such status'",
        ),
        "financial_status": _state({"any": None, "unpaid": _UNPAID}, "t.financial_status"),
        "fulfillment_status": _state(
            {
                "any": None,
                "shipped": _FULFILLED,
                "unshipped": "t.fulfillment_status = 'UNFULFILLED'",
                "partial": "t.fulfillment_status = 'PARTIALLY_FULFILLED'",
                "unfulfilled": _UNFULFILLED,
            },
            "t.fulfillment_status",
        ),
        "name": _words("ltrim(t.name, '#')"),
        "customer_id": _numbers("customer_id"),
    },
    "customers": _ALL,
    "products": {
        **_ALL,
        "title": _words("t.title"),
        "vendor": _words("t.vendor"),
        "handle": _words("t.handle"),
        "product_type": _words("t.product_type"),
        "status": _state({"any": None}, "t.status"),
        "published_status": _state(
            {
                "any": None,
                "published": "t.published_at IS NOT NULL",
                "unpublished": "t.published_at IS NULL",
            },
            "'no such status'",
        ),
    },
    "refunds": {**_ALL, "order_id": _numbers("order_id")},
    "events": {
        **_ALL,
        "filter": _words("t.subject_type"),
        "verb": _words("t.action"),
        "subject_id": _numbers("subject_id"),
    },
    "inventory_items": _ALL,
    "inventory_levels": {
        "inventory_item_ids": _numbers("inventory_item_id"),
        "location_ids": _numbers("location_id"),
    },
    "locations": _ALL,
}
DEFAULTS: Mapping[str, Mapping[str, str]] = {"orders": {"status": "open"}}
_WITHOUT: Mapping[str, tuple[str, ...]] = {
    "orders": ("published_at",),
    "customers": ("processed_at", "published_at"),
    "products": ("processed_at",),
    "inventory_items": ("processed_at", "published_at"),
    "inventory_levels": ("created_at", "processed_at", "published_at"),
    "locations": _MOMENTS,
    "refunds": ("published_at", "processed_at", "updated_at"),
    "events": ("updated_at", "processed_at", "published_at"),
}


def known(resource: str) -> frozenset[str]:
    """The parameters that say which rows of a resource are wanted."""
    moments = (name for name in _MOMENTS if name not in _WITHOUT[resource])
    times = {f"{name}_{end}" for name in moments for end in _OPERATORS}
    return frozenset(FILTERS[resource].keys() | times)


def conditions(resource: str, parameters: Mapping[str, str], zone: tzinfo) -> Iterator[str]:
    """SQL conditions over the row `t`; times without an offset are the shop's.

    Raises BadParameterError for numbers that are none, GraphQLError for unreadable times.
    """
    given = {**DEFAULTS.get(resource, {}), **parameters}
    for name in sorted(given.keys() & known(resource)):
        if name in FILTERS[resource]:
            try:
                condition = FILTERS[resource][name](given[name])
            except ValueError:
                raise BadParameterError(name) from None
            if condition:
                yield condition
        else:
            column, _, end = name.rpartition("_")
            moment = _UNESCAPED_OFFSET.sub("+", given[name])
            yield Time(f"{{t}}.{column}").condition("t", _OPERATORS[end], moment, zone)
