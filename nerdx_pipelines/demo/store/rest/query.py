"""The REST resources: their rows, their order, their filters, and one statement for each page.

Knows parameters and SQL, not HTTP, which is in `endpoints.py`; how objects look is in `orders.py`,
`people.py` and `catalog.py`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from nerdx_pipelines.demo.store.access import ALL, Access
from nerdx_pipelines.demo.store.reads.paging import BY_ID, Sort
from nerdx_pipelines.demo.store.rest.catalog import (
    INVENTORY_ITEM,
    INVENTORY_LEVEL,
    LOCATION,
    PRODUCT,
    PRODUCT_IN_WEBHOOK,
)
from nerdx_pipelines.demo.store.rest.lines import REFUND
from nerdx_pipelines.demo.store.rest.orders import ORDER
from nerdx_pipelines.demo.store.rest.people import CUSTOMER, CUSTOMER_IN_WEBHOOK, EVENT, SHOP
from nerdx_pipelines.demo.store.rest.shape import Shape, Shaper, pricing
from nerdx_pipelines.demo.store.sqltext import select

_SHOP_CURRENCY = "(SELECT currency_code FROM store.shop)"
_OF_SHOP = pricing(_SHOP_CURRENCY, _SHOP_CURRENCY, "1")
_OF_ORDER = pricing("t.currency_code", "t.presentment_currency_code", "t.presentment_rate")
_PERSONAL = ("first_name", "last_name", "email", "phone", "default_address", "addresses")
_CREATED = Sort("{t}.created_at", "time")


@dataclass(frozen=True)
class Resource:
    """One kind of REST object: its table, its shape, the scope it needs and how lists go.

    `pricing` are the columns that price its row `t`, `sorts` the values of `order`, `webhook`
    the shape in webhooks where it differs.
    """

    singular: str
    relation: str
    shape: Shape
    scope: str | None = None
    pricing: str = _OF_SHOP
    default_sort: Sort = BY_ID
    descending: bool = False
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    webhook: Shape | None = None


RESOURCES: Mapping[str, Resource] = {
    "orders": Resource(
        "order",
        "store.orders",
        ORDER,
        "read_orders",
        _OF_ORDER,
        _CREATED,
        descending=True,
        sorts={
            "id": BY_ID,
            "created_at": _CREATED,
            "updated_at": Sort("{t}.updated_at", "time"),
            "processed_at": Sort("{t}.processed_at", "time"),
        },
    ),
    "customers": Resource(
        "customer",
        "store.customers",
        CUSTOMER,
        "read_customers",
        descending=True,
        sorts={
            "id": BY_ID,
            "created_at": _CREATED,
            "updated_at": Sort("{t}.updated_at", "time"),
        },
        webhook=CUSTOMER_IN_WEBHOOK,
    ),
    "products": Resource(
        "product",
        "store.products",
        PRODUCT,
        "read_products",
        default_sort=Sort("coalesce({t}.title, '')"),
        sorts={
            "id": BY_ID,
            "title": Sort("coalesce({t}.title, '')"),
            "created_at": _CREATED,
            "updated_at": Sort("{t}.updated_at", "time"),
            "published_at": Sort("coalesce({t}.published_at, TIMESTAMPTZ 'epoch')", "time"),
        },
        webhook=PRODUCT_IN_WEBHOOK,
    ),
    "refunds": Resource(
        "refund",
        "(SELECT r.*, o.currency_code, o.presentment_currency_code, o.presentment_rate"
        " FROM store.refunds r JOIN store.orders o ON o.id = r.order_id)",
        REFUND,
        "read_orders",
        _OF_ORDER,
    ),
    "inventory_items": Resource(
        "inventory_item", "store.inventory_items", INVENTORY_ITEM, "read_inventory"
    ),
    "inventory_levels": Resource(
        "inventory_level", "store.inventory_levels", INVENTORY_LEVEL, "read_inventory"
    ),
    "locations": Resource("location", "store.locations", LOCATION, "read_locations"),
    "events": Resource("event", "store.events", EVENT),
    "shop": Resource("shop", "store.shop", SHOP),
}


@dataclass(frozen=True)
class Page:
    """Which rows of a resource, in which order, and which of their keys (None: all).

    The conditions are SQL over the row aliased `t`.
    """

    where: Sequence[str | None] = ()
    sort: Sort = BY_ID
    descending: bool = False
    limit: int | None = None
    fields: frozenset[str] | None = None


def page_statement(
    resource: Resource, page: Page, zone: tzinfo, access: Access = ALL, *, webhook: bool = False
) -> str:
    """SELECT of (id, JSON object, value it is sorted by, as text), in the page's order."""
    shape = resource.webhook or resource.shape if webhook else resource.shape
    if page.fields is not None:
        shape = {key: value for key, value in shape.items() if key in page.fields}
    way = "DESC" if page.descending else "ASC"
    order = f"{page.sort.sql} {way}, {{t}}.id {way}"
    rows = select(
        f"t.*, {resource.pricing}",
        f"{resource.relation} t",
        where=page.where,
        order=order.format(t="t"),
        limit=page.limit,
    )
    key = page.sort.sql.format(t="r")
    key = f"make_timestamp(epoch_us({key}))" if page.sort.kind == "time" else key
    shaper = Shaper(zone, access.protected)
    return shaper.statement(shape, rows, order.format(t="r"), f"CAST({key} AS VARCHAR)")


def rest_object(
    cursor: duckdb.DuckDBPyConnection,
    resource: str,
    id: int,
    *,
    access: Access = ALL,
    webhook: bool = False,
) -> dict[str, Any] | None:
    """One object of `orders`, `customers`, `products`, `refunds`…, as REST shows it, or None.

    With `webhook` it is what a webhook's body holds: fewer keys of customers, more of products,
    and the personal keys of a redacted customer are absent.
    """
    return rest_objects(cursor, resource, [id], access=access, webhook=webhook).get(id)


def rest_objects(
    cursor: duckdb.DuckDBPyConnection,
    resource: str,
    ids: Iterable[int],
    *,
    access: Access = ALL,
    webhook: bool = False,
) -> dict[int, dict[str, Any]]:
    """Several objects by their ids, in one statement; ids that do not exist are left out."""
    ((zone,),) = cursor.execute("SELECT iana_timezone FROM store.shop").fetchall()
    wanted = ", ".join(f"{id:d}" for id in ids) or "NULL"
    page = Page(where=[f"t.id IN ({wanted})"])
    statement = page_statement(RESOURCES[resource], page, ZoneInfo(zone), access, webhook=webhook)
    found = {id: json.loads(text) for id, text, _ in cursor.execute(statement).fetchall()}
    if webhook:
        people = found.values() if resource == "customers" else _customers(found.values())
        _forget(cursor, list(people))
    return found


def _customers(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (item["customer"] for item in items if item.get("customer"))


def _forget(cursor: duckdb.DuckDBPyConnection, customers: list[dict[str, Any]]) -> None:
    ids = ", ".join(str(customer["id"]) for customer in customers) or "NULL"
    statement = select("id", "store.customers", where=[f"id IN ({ids})", "redacted"])
    redacted = {id for (id,) in cursor.execute(statement).fetchall()}
    for customer in customers:
        if customer["id"] in redacted:
            for key in _PERSONAL:
                customer.pop(key, None)
