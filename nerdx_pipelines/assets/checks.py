"""Asset checks: the invariants that make a figure right, and counts against the shop.

A blocking check stops what is downstream of it, so that a wrong figure is not published.
"""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

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


# Each a check of its own: the UI asks for those of the assets it materializes, and no others.
def count_checks() -> list[dg.AssetChecksDefinition]:
    """One check a resource of the shop, that staging holds as many rows as the shop counts."""
    return [
        _count_check("products", lambda shop, _, __: count(shop, PRODUCTS, "")),
        _count_check("customers", lambda shop, _, __: count(shop, CUSTOMERS, "")),
        _count_check("orders", _count_orders),
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
        with warehouse.read() as con:
            (days,) = con.execute("SELECT list(DISTINCT order_day) FROM staging.orders").fetchall()
            stored = con.table(f"staging.{table}").shape[0]
        in_shop = count_in_shop(shopify, days[0] or [], warehouse.timezone)
        return dg.AssetCheckResult(
            passed=stored == in_shop,
            severity=dg.AssetCheckSeverity.WARN,  # a live shop moves on while we count
            metadata={"staging": stored, "shop": in_shop},
        )

    return check


def _count_orders(shopify: ShopifyClient, days: list[date], timezone: str) -> int:
    if not days:
        return 0
    bounds = day_bounds(min(days), max(days), timezone)
    return count(shopify, ORDERS, between("processed_at", *bounds))
