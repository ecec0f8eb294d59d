"""Asset checks of what was pulled: is it all, could it be read, and which API version sent it?

They warn and stop nothing: a live shop moves on while we count.
"""

from collections.abc import Callable, Collection
from datetime import date

import dagster as dg

from nerdx_pipelines.partitions import day_bounds
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.pulling.pull import CUSTOMERS, ORDERS, PRODUCTS, between, count
from nerdx_pipelines.shopify.scopes import granted, missing_for
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.shopify.versions import version_warning
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse

WARN = dg.AssetCheckSeverity.WARN


# Each a check of its own: the UI asks for those of the assets it materializes, and no others.
def pull_checks() -> list[dg.AssetChecksDefinition]:
    """Of each resource: rows as the shop counts them, and nothing rejected; and the version."""
    return [
        _count_check("products", lambda shop, _, __: count(shop, PRODUCTS, "")),
        _count_check("customers", lambda shop, _, __: count(shop, CUSTOMERS, "")),
        _count_check("orders", _count_orders),
        _rejected_check("shopify_products", {"product"}),
        _rejected_check("shopify_customers", {"customer"}),
        _rejected_check("shopify_orders", {"order", "refund_line"}),
        _rejected_check("shopify_deletions", {"deletion"}),
        _rejected_check("content_events", {"event"}),
        _rejected_check("shopify_webhooks", {"webhook", "webhook_line"}),
        api_version_served,
        webhooks_complete,
    ]


def _count_check(
    table: str, count_in_shop: Callable[[ShopifyClient, list[date], str], int]
) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        name="count_matches_shop",
        asset=f"shopify_{table}",
        description=f"Staging holds as many {table} as the shop counts, for orders of those days.",
    )
    def check(
        shopify: dg.ResourceParam[ShopifyClient], warehouse: dg.ResourceParam[Warehouse]
    ) -> dg.AssetCheckResult:
        if reason := missing_for(table, granted(shopify)):
            return dg.AssetCheckResult(passed=False, severity=WARN, description=reason)
        with warehouse.inspect() as con:
            (days,) = con.execute("SELECT list(DISTINCT order_day) FROM staging.orders").fetchall()
            ((stored,),) = con.execute(
                f"SELECT count(*) FROM staging.{table} "  # noqa: S608 (our own names)
                f"WHERE {table[:-1]}_id NOT IN (SELECT id FROM staging.tombstones)"
            ).fetchall()
        in_shop = count_in_shop(shopify, days[0] or [], warehouse.timezone)
        return dg.AssetCheckResult(
            passed=stored == in_shop,
            severity=WARN,
            metadata={"staging": stored, "shop": in_shop},
        )

    return check


def _count_orders(shopify: ShopifyClient, days: list[date], timezone: str) -> int:
    if not days:
        return 0
    bounds = day_bounds(min(days), max(days), timezone)
    return count(shopify, ORDERS, between("processed_at", *bounds))


def _rejected_check(asset: str, sources: Collection[str]) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        name="nothing_rejected",
        asset=asset,
        description="Every record the shop sent could be read; those that could not are in "
        "staging.rejected, with the reason and as they came.",
    )
    def check(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
        listed = ", ".join(f"'{source}'" for source in sorted(sources))
        with warehouse.inspect() as con:
            rejected = con.sql(
                "SELECT record_id, parent_id, reason, file, rejected_at FROM staging.rejected "  # noqa: S608
                f"WHERE source IN ({listed}) ORDER BY rejected_at DESC"
            )
            rows = len(rejected)
            sample = rejected.limit(10).df().to_markdown(index=False) if rows else "none"
        return dg.AssetCheckResult(
            passed=rows == 0,
            severity=WARN,
            metadata={"rejected": rows, "newest": dg.MetadataValue.md(sample)},
        )

    return check


@dg.asset_check(
    asset="shopify_orders",
    description="The API version that answers is the one asked for: Shopify serves retired ones "
    "as the oldest that lives, where fields may differ.",
)
def api_version_served(shopify: dg.ResourceParam[ShopifyClient]) -> dg.AssetCheckResult:
    """Ask the shop anything, and see which version answers."""
    shopify.execute(operation("shop", "Shop"))
    warning = version_warning(shopify.api_version, shopify.served_version)
    return dg.AssetCheckResult(
        passed=warning is None,
        severity=WARN,
        description=warning,
        metadata={"asked": shopify.api_version, "served": shopify.served_version or "not said"},
    )


@dg.asset_check(
    asset="shopify_order_changes",
    description="What the pulls of the last day brought had been told by webhooks, if any come: "
    "versions that were ten minutes old by then and were news.",
)
def webhooks_complete(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
    """Report the drift between what webhooks told and what the shop holds."""
    with warehouse.inspect() as con:
        drift = dict(con.execute(sql("checks/webhooks_complete")).fetchall())
        ((heard,),) = con.execute("SELECT count(*) FROM staging.webhook_log").fetchall()
    return dg.AssetCheckResult(
        passed=not heard or not any(drift.values()),
        severity=WARN,
        metadata={"webhooks": heard, **{f"{name}_brought": n for name, n in drift.items()}},
    )
