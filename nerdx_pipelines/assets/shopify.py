"""Staging from the shop: products with variants, customers, orders with lines and refunds.

Fetching writes raw JSONL without any lock; loading is one short transaction. What changed or was
deleted since is in `changes.py`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import dagster as dg
import duckdb

from nerdx_pipelines.assets.retries import asks_shop
from nerdx_pipelines.assets.tables import count_days, materialized, table_spec
from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.partitions import day_bounds, selected_days
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.shopify.pulling.pull import (
    CUSTOMERS,
    ORDERS,
    PRODUCTS,
    Pulled,
    Resource,
    between,
    count,
    pull_changed,
    pull_range,
    pull_refund_lines,
)
from nerdx_pipelines.shopify.scopes import check_order_history, granted, missing_for
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.warehouse.database import Warehouse, run
from nerdx_pipelines.warehouse.days import DayRange, spans
from nerdx_pipelines.warehouse.pulls import last_pull
from nerdx_pipelines.warehouse.records import Raw, load

# Pulls by updated_at reach back a little: an object may be indexed after its time stamp, and
# the customers' filter matches whole days.
OVERLAP = timedelta(days=2)
ROWS_AN_ORDER = 4  # about: itself, its lines, refunds and visits

PRODUCT_SPECS = [
    table_spec(
        "shopify_products",
        "staging.products",
        "One row a product of the shop. Incremental by updated_at; the newest version wins.",
        group="shopify",
    ),
    table_spec(
        "shopify_product_variants",
        "staging.product_variants",
        "One row a product variant with its stock and unit cost, replaced with its product.",
        group="shopify",
    ),
]
CUSTOMER_SPEC = table_spec(
    "shopify_customers",
    "staging.customers",
    "One row a customer. Incremental by updated_at; the newest version wins.",
    group="shopify",
)


def shopify_assets(days: dg.PartitionsDefinition[Any]) -> list[dg.AssetsDefinition]:
    """The staging assets; orders are partitioned by `days` of processed_at."""
    specs = [
        table_spec(key, table, description, group="shopify", partitions=days)
        for key, table, description in (
            (
                "shopify_orders",
                "staging.orders",
                "One row an order, by the day it was processed in the shop's time zone.",
            ),
            (
                "shopify_order_lines",
                "staging.order_lines",
                "One row a line item, with its net revenue after discounts, returns and tax.",
            ),
            ("shopify_refunds", "staging.refunds", "One row a refund, on the day of its order."),
            (
                "shopify_refund_lines",
                "staging.refund_lines",
                "One row a refund and line item that it gives back.",
            ),
            (
                "shopify_order_visits",
                "staging.order_visits",
                "One row a visit to the shop before an order: where the buyer came from.",
            ),
        )
    ]

    @dg.multi_asset(
        name="shopify_orders",
        specs=specs,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    @asks_shop
    def shopify_orders(
        context: dg.AssetExecutionContext,
        shopify: dg.ResourceParam[ShopifyClient],
        warehouse: dg.ResourceParam[Warehouse],
        paths: PathsResource,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Replace the orders of the run's days, with their lines, refunds and visits."""
        about = DayRange("shopify_orders", *selected_days(context))
        scopes = granted(shopify)
        start, _ = day_bounds(about.first, about.last, warehouse.timezone)
        check_order_history(scopes, start, datetime.now(UTC))
        orders = visible_orders(shopify, scopes)
        pulls: list[Pulled] = []

        def store(
            con: duckdb.DuckDBPyConnection, first: date, last: date
        ) -> list[dg.MaterializeResult[Any]]:
            days = {"first_day": first, "last_day": last, "since": None}
            replace_orders(con, pulled_at=pulls[-1].began, **days)
            about.stored(con, last)
            if last < about.last:
                return []
            for spec in specs:
                count_days(context, con, spec, "order_day")
            return [materialized(con, spec, **_provenance(*pulls)) for spec in specs]

        for first, last in (parts := _parts(shopify, warehouse, orders, about)):
            pulled, returned = _pull_days(shopify, orders, paths, first, last, warehouse.timezone)
            pulls.append(pulled)
            these_days = partial(store, first=first, last=last)
            results = load(warehouse, order_files(pulled, returned), these_days)
            if len(parts) > 1:
                told = "%s to %s stored, part %d of %d"
                context.log.info(told, first, last, len(pulls), len(parts))
        yield from results

    return [shopify_orders, shopify_products, shopify_customers]


def _parts(
    shopify: ShopifyClient, warehouse: Warehouse, orders: Resource, about: DayRange
) -> list[tuple[date, date]]:
    """The days to pull, in parts of so many orders as one transaction may hold."""
    if about.first == about.last:
        return [(about.first, about.last)]
    with warehouse.write() as con:
        done = about.done(con)
    first = done + timedelta(days=1) if done else about.first
    bounds = day_bounds(first, about.last, warehouse.timezone)
    rows = count(shopify, orders, between("processed_at", *bounds)) * ROWS_AN_ORDER
    return spans(first, about.last, -(-rows // warehouse.rows_at_once))


def _pull_days(
    shopify: ShopifyClient,
    orders: Resource,
    paths: PathsResource,
    first: date,
    last: date,
    timezone: str,
) -> tuple[Pulled, Pulled]:
    """The orders of these days and their refund lines, as raw files."""
    raw = paths.raw_dir / "orders" / f"{first}_{last}.jsonl"
    start, end = day_bounds(first, last, timezone)
    pulled = pull_range(shopify, orders, "processed_at", start, end, raw)
    return pulled, pull_refund_lines(shopify, raw, raw.with_suffix(".refund_lines.jsonl"))


def order_files(orders: Pulled, refund_lines: Pulled) -> list[Raw]:
    """The raw files that `replace_orders` reads."""
    return [Raw("order", orders.file), Raw("refund_line", refund_lines.file)]


def replace_orders(con: duckdb.DuckDBPyConnection, **about: object) -> None:
    """Bring what was pulled into staging: `pulled_at`, and either whole days or `since`."""
    run(con, "staging/orders/read", **about)
    run(con, "staging/orders/faulty")
    run(con, "staging/orders/newer")
    if about["since"] is not None:
        run(con, "staging/orders/known_days")
    run(con, "staging/orders/waiting_refunds")
    run(con, "staging/orders/replaced")
    run(con, "staging/orders/removed")
    run(con, "staging/orders/inserted")
    run(con, "staging/orders/erased")
    run(con, "staging/rejected")
    run(con, "staging/rejected_erased")
    if about["since"] is not None:
        run(con, "staging/brought")
    run(con, "staging/pulled", resource="order_changes" if about["since"] else "orders")


def visible_orders(shopify: ShopifyClient, scopes: frozenset[str]) -> Resource:
    """Orders as far as the token may see them. Raises ShopifyError if it may see none."""
    for part in ("orders", "products"):  # a line's product cannot be read without
        if reason := missing_for(part, scopes):
            raise ShopifyError(f"{shopify.shop_url}: orders cannot be pulled; {reason}.")
    if reason := missing_for("customers", scopes):
        dg.get_dagster_logger().warning("Nobody is known to have bought: %s.", reason)
        return ORDERS.without("customers")
    return ORDERS


@dg.multi_asset(name="shopify_products", specs=PRODUCT_SPECS)
@asks_shop
def shopify_products(
    shopify: dg.ResourceParam[ShopifyClient],
    warehouse: dg.ResourceParam[Warehouse],
    paths: PathsResource,
) -> Iterator[dg.MaterializeResult[Any]]:
    """Upsert the products changed since the last pull."""
    scopes = granted(shopify)
    resource = PRODUCTS.without("costs") if missing_for("unit_costs", scopes) else PRODUCTS
    yield from _upsert(shopify, warehouse, paths, resource, "product", PRODUCT_SPECS, scopes)


@dg.multi_asset(name="shopify_customers", specs=[CUSTOMER_SPEC])
@asks_shop
def shopify_customers(
    shopify: dg.ResourceParam[ShopifyClient],
    warehouse: dg.ResourceParam[Warehouse],
    paths: PathsResource,
) -> Iterator[dg.MaterializeResult[Any]]:
    """Upsert the customers changed since the last pull."""
    yield from _upsert(
        shopify, warehouse, paths, CUSTOMERS, "customer", [CUSTOMER_SPEC], granted(shopify)
    )


def _upsert(
    shopify: ShopifyClient,
    warehouse: Warehouse,
    paths: PathsResource,
    resource: Resource,
    kind: str,
    specs: list[dg.AssetSpec],
    scopes: frozenset[str],
) -> list[dg.MaterializeResult[Any]]:
    """Pull what changed of a resource and load it, or say why that cannot be done."""
    if reason := missing_for(resource.name, scopes):
        dg.get_dagster_logger().warning("%s; staging.%s stays as it is.", reason, resource.name)
        with warehouse.write() as con:
            return [materialized(con, spec, skipped=reason) for spec in specs]
    last = last_pull(warehouse, resource.name)
    since = last - OVERLAP if last else None
    pulled = pull_changed(shopify, resource, since, paths.raw_dir / f"{resource.name}.jsonl")

    def upsert(con: duckdb.DuckDBPyConnection) -> list[dg.MaterializeResult[Any]]:
        run(con, f"staging/{resource.name}")
        run(con, "staging/rejected")
        run(con, "staging/rejected_erased")
        about = {"first_day": None, "last_day": None, "since": since, "pulled_at": pulled.began}
        if since:
            run(con, "staging/brought", pulled_at=pulled.began)
        run(con, "staging/pulled", resource=resource.name, **about)
        return [materialized(con, spec, **_provenance(pulled)) for spec in specs]

    return load(warehouse, [Raw(kind, pulled.file)], upsert)


def _provenance(*pulls: Pulled) -> dict[str, Any]:
    return {
        "pulled_objects": sum(pulled.objects for pulled in pulls),
        "pulled_by": ", ".join(sorted({pulled.method for pulled in pulls})),
    }
