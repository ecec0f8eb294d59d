"""Staging from the shop: products with variants, customers, orders with lines and refunds.

Fetching writes raw JSONL without any lock; loading is one short transaction.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from nerdx_pipelines.assets.tables import count_days, materialized, table_spec
from nerdx_pipelines.errors import WarehouseError
from nerdx_pipelines.partitions import day_bounds, selected_days
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.shopify.client import ShopifyClient
from nerdx_pipelines.shopify.pull import (
    CUSTOMERS,
    ORDERS,
    PRODUCTS,
    Pulled,
    Resource,
    between,
    pull,
    pull_refund_lines,
)
from nerdx_pipelines.warehouse.database import Warehouse, run

# Pulls by updated_at reach back a little: an object may be indexed after its time stamp, and
# the customers' filter matches whole days.
OVERLAP = timedelta(days=2)

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
        "One row a product variant, replaced together with its product.",
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
    orders, lines, refunds, refund_lines = (
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
                "One row a line item, with its net revenue after discounts and returns.",
            ),
            ("shopify_refunds", "staging.refunds", "One row a refund, on the day of its order."),
            (
                "shopify_refund_lines",
                "staging.refund_lines",
                "One row a refund and line item that it gives back.",
            ),
        )
    )

    @dg.multi_asset(
        name="shopify_orders",
        specs=[orders, lines, refunds, refund_lines],
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def shopify_orders(
        context: dg.AssetExecutionContext,
        shopify: dg.ResourceParam[ShopifyClient],
        warehouse: dg.ResourceParam[Warehouse],
        paths: PathsResource,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Replace the orders of the run's days, with their lines and refunds."""
        first, last = selected_days(context)
        pulled_at = datetime.now(UTC)
        query = between("processed_at", *day_bounds(first, last, warehouse.timezone))
        raw = paths.raw_dir / "orders"
        pulled = pull(shopify, ORDERS, query, raw / f"{first}_{last}.jsonl")
        lines_of_refunds = pull_refund_lines(
            shopify, pulled.file, raw / f"{first}_{last}.refund_lines.jsonl"
        )
        with warehouse.write() as con:
            run(
                con,
                "staging/orders",
                orders_file=str(pulled.file),
                refund_lines_file=str(lines_of_refunds.file),
                first_day=first,
                last_day=last,
                pulled_at=pulled_at,
            )
            for spec in (orders, lines, refunds, refund_lines):
                count_days(context, con, spec, "order_day")
                yield materialized(con, spec, **_provenance(pulled))

    return [shopify_orders, shopify_products, shopify_customers]


@dg.multi_asset(name="shopify_products", specs=PRODUCT_SPECS)
def shopify_products(
    shopify: dg.ResourceParam[ShopifyClient],
    warehouse: dg.ResourceParam[Warehouse],
    paths: PathsResource,
) -> Iterator[dg.MaterializeResult[Any]]:
    """Upsert the products changed since the last pull."""
    pulled = _pull_changed(shopify, warehouse, paths, PRODUCTS)
    with warehouse.write() as con:
        run(con, "staging/products", file=str(pulled.file))
        for spec in PRODUCT_SPECS:
            yield materialized(con, spec, **_provenance(pulled))


@dg.multi_asset(name="shopify_customers", specs=[CUSTOMER_SPEC])
def shopify_customers(
    shopify: dg.ResourceParam[ShopifyClient],
    warehouse: dg.ResourceParam[Warehouse],
    paths: PathsResource,
) -> Iterator[dg.MaterializeResult[Any]]:
    """Upsert the customers changed since the last pull."""
    pulled = _pull_changed(shopify, warehouse, paths, CUSTOMERS)
    with warehouse.write() as con:
        run(con, "staging/customers", file=str(pulled.file))
        yield materialized(con, CUSTOMER_SPEC, **_provenance(pulled))


def _pull_changed(
    shopify: ShopifyClient, warehouse: Warehouse, paths: PathsResource, resource: Resource
) -> Pulled:
    with warehouse.write() as con:  # makes the tables on a first run
        row = con.execute(f"SELECT max(updated_at) FROM staging.{resource.name}").fetchone()  # noqa: S608
    if row is None:
        raise WarehouseError(f"staging.{resource.name} cannot be read.")
    since = row[0] - OVERLAP if row[0] else None
    return pull(
        shopify,
        resource,
        between("updated_at", since),
        paths.raw_dir / f"{resource.name}.jsonl",
    )


def _provenance(pulled: Pulled) -> dict[str, Any]:
    return {"pulled_objects": pulled.objects, "pulled_by": pulled.method}
