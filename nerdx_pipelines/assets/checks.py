"""Asset checks: the invariants that make a figure right, and counts against the shop.

A blocking check stops what is downstream of it, so that a wrong figure is not published.
"""

from datetime import date
from typing import Any, NamedTuple

import dagster as dg

from nerdx_pipelines.partitions import day_bounds
from nerdx_pipelines.shopify.client import ShopifyClient
from nerdx_pipelines.shopify.pull import CUSTOMERS, ORDERS, PRODUCTS, between, count
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse


class Invariant(NamedTuple):
    """A statement of `sql/checks` that finds the rows of `asset` that must not be."""

    statement: str
    asset: str
    promise: str


INVARIANTS = (
    Invariant("orders_unique", "shopify_order_lines", "Each order and line is stored once."),
    Invariant("touches_unique", "touches", "Each event is stored once."),
    Invariant(
        "credits_sum_to_net",
        "attribution_credits",
        "I1: the credits of a line sum to its net revenue, in every model.",
    ),
    Invariant(
        "revenue_adds_up",
        "attribution_credits",
        "I2: attributed + unattributed = net revenue, per day, currency and model.",
    ),
    Invariant(
        "attributed_within_net",
        "attribution_credits",
        "I7: attributed revenue is at most net revenue.",
    ),
)


def invariant_checks() -> list[dg.AssetChecksDefinition]:
    """One blocking check an invariant."""
    return [_check(invariant) for invariant in INVARIANTS]


def _check(invariant: Invariant) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        name=invariant.statement,
        asset=invariant.asset,
        description=invariant.promise,
        blocking=True,
    )
    def check(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
        with warehouse.read() as con:
            broken = con.sql(sql(f"checks/{invariant.statement}"))
            rows = len(broken)
            sample = broken.limit(10).df().to_markdown(index=False) if rows else "none"
        return dg.AssetCheckResult(
            passed=rows == 0,
            metadata={"broken_rows": rows, "first_of_them": dg.MetadataValue.md(sample)},
        )

    return check


@dg.multi_asset_check(
    specs=[
        dg.AssetCheckSpec(
            "count_matches_shop",
            asset=asset,
            description=f"Staging holds as many {name} as the shop counts.",
        )
        for asset, name in (
            ("shopify_products", "products"),
            ("shopify_customers", "customers"),
            ("shopify_orders", "orders of the stored days"),
        )
    ]
)
def counts_match_shop(
    shopify: dg.ResourceParam[ShopifyClient], warehouse: dg.ResourceParam[Warehouse]
) -> Any:
    """Compare row counts of staging with the shop's own."""
    with warehouse.read() as con:
        (days,) = con.execute("SELECT list(DISTINCT order_day) FROM staging.orders").fetchall()
        stored = {
            table: con.table(f"staging.{table}").count("*").fetchall()[0][0]
            for table in ("products", "customers", "orders")
        }
    in_shop = {
        "products": count(shopify, PRODUCTS, ""),
        "customers": count(shopify, CUSTOMERS, ""),
        "orders": _count_orders(shopify, days[0] or [], warehouse.timezone),
    }
    for name, rows in stored.items():
        yield dg.AssetCheckResult(
            asset_key=f"shopify_{name}",
            check_name="count_matches_shop",
            passed=rows == in_shop[name],
            severity=dg.AssetCheckSeverity.WARN,  # a live shop moves on while we count
            metadata={"staging": rows, "shop": in_shop[name]},
        )


def _count_orders(shopify: ShopifyClient, days: list[date], timezone: str) -> int:
    if not days:
        return 0
    bounds = day_bounds(min(days), max(days), timezone)
    return count(shopify, ORDERS, between("processed_at", *bounds))
