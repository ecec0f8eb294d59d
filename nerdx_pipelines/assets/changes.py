"""What changed in the shop since the last look: orders of any age, and what was deleted.

An edit, refund, cancellation or missed webhook moves an order's updated_at; the days whose
figures it changes go to `staging.changed_days`, which the next attribution works off.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import duckdb

from nerdx_pipelines.assets.days import waiting_days
from nerdx_pipelines.assets.retries import asks_shop
from nerdx_pipelines.assets.shopify import order_files, replace_orders, visible_orders
from nerdx_pipelines.assets.tables import materialized, table_spec
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.shopify.pulling.pull import pull_changed, pull_deletions, pull_refund_lines
from nerdx_pipelines.shopify.scopes import granted, missing_for
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.warehouse.database import Warehouse, run
from nerdx_pipelines.warehouse.pulls import first_pull, last_pull
from nerdx_pipelines.warehouse.records import Raw, load

OVERLAP = timedelta(hours=1)  # an object may be indexed after its time stamp

CHANGES = table_spec(
    "shopify_order_changes",
    "staging.changed_days",
    "One row a day whose figures a change in the shop touches and that attribution has still to "
    "work off. Orders of any age, by updated_at since the last pull of changes.",
    group="shopify",
    deps=["shopify_orders"],
)
DELETIONS = table_spec(
    "shopify_deletions",
    "staging.tombstones",
    "One row a product, order or customer that the shop deleted; no later pull brings it back.",
    group="shopify",
    deps=["shopify_orders", "shopify_products", "shopify_customers"],
)


class LookBack(dg.Config):
    """How far to look back; None: to the last pull."""

    look_back_days: int | None = None


@dg.multi_asset(name="shopify_order_changes", specs=[CHANGES])
@asks_shop
def shopify_order_changes(
    config: LookBack,
    shopify: dg.ResourceParam[ShopifyClient],
    warehouse: dg.ResourceParam[Warehouse],
    paths: PathsResource,
) -> Iterator[dg.MaterializeResult[Any]]:
    """Bring the orders that changed since the last look into staging."""
    # Until changes were first pulled: since the first days were.
    last = last_pull(warehouse, "order_changes") or first_pull(warehouse, "orders")
    if last is None:
        yield _nothing(warehouse, CHANGES, "no day of orders has been pulled yet")
        return
    since = last - OVERLAP
    if config.look_back_days is not None:
        since = min(since, datetime.now(UTC) - timedelta(days=config.look_back_days))
    raw = paths.raw_dir / "orders" / "changes.jsonl"
    orders = visible_orders(shopify, granted(shopify))
    pulled = pull_changed(shopify, orders, since, raw)
    returned = pull_refund_lines(shopify, raw, raw.with_suffix(".refund_lines.jsonl"))

    def replace(con: duckdb.DuckDBPyConnection) -> dg.MaterializeResult[Any]:
        replace_orders(con, pulled_at=pulled.began, first_day=None, last_day=None, since=since)
        return _told(con, CHANGES, since, pulled.objects)

    yield load(warehouse, order_files(pulled, returned), replace)


@dg.multi_asset(name="shopify_deletions", specs=[DELETIONS])
@asks_shop
def shopify_deletions(
    shopify: dg.ResourceParam[ShopifyClient],
    warehouse: dg.ResourceParam[Warehouse],
    paths: PathsResource,
) -> Iterator[dg.MaterializeResult[Any]]:
    """Bury what the shop deleted since the last look."""
    if reason := missing_for("events", granted(shopify)):
        yield _nothing(warehouse, DELETIONS, reason)
        return
    # What was deleted before anything was pulled never came here.
    last = last_pull(warehouse, "deletions") or first_pull(warehouse)
    if last is None:
        yield _nothing(warehouse, DELETIONS, "nothing has been pulled yet")
        return
    since = last - OVERLAP
    pulled = pull_deletions(shopify, since, paths.raw_dir / "deletions.jsonl")

    def bury(con: duckdb.DuckDBPyConnection) -> dg.MaterializeResult[Any]:
        run(con, "staging/deletions")
        run(con, "staging/orders/removed")
        run(con, "staging/rejected")
        about = {"first_day": None, "last_day": None, "since": since, "pulled_at": pulled.began}
        run(con, "staging/pulled", resource="deletions", **about)
        return _told(con, DELETIONS, since, pulled.objects)

    yield load(warehouse, [Raw("deletion", pulled.file)], bury)


def _nothing(warehouse: Warehouse, spec: dg.AssetSpec, reason: str) -> dg.MaterializeResult[Any]:
    dg.get_dagster_logger().info("%s: %s.", spec.key.to_user_string(), reason)
    with warehouse.write() as con:
        return materialized(con, spec, skipped=reason)


def _told(
    con: duckdb.DuckDBPyConnection, spec: dg.AssetSpec, since: datetime, objects: int
) -> dg.MaterializeResult[Any]:
    """The result, with the days that wait."""
    return materialized(
        con,
        spec,
        since=dg.TimestampMetadataValue(since.timestamp()),
        pulled_objects=objects,
        **waiting_days(con),
    )
