"""Asset checks of the invariants that make a figure right.

A blocking check stops what is downstream of it, so that a wrong figure is not published. Checks
of what was pulled are in `pull_checks.py`.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import dagster as dg
import duckdb

from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse


class Invariant(NamedTuple):
    """A statement of `sql/checks` that finds the rows of `asset` that must not be."""

    statement: str
    asset: str
    promise: str


INVARIANTS = (
    Invariant("orders_unique", "shopify_order_lines", "Each order and line is stored once."),
    Invariant("webhooks_unique", "shopify_webhooks", "Each webhook is applied once."),
    Invariant("touches_unique", "touches", "Each event is stored once."),
    Invariant("events_unique", "content_events", "Each message of the site counts once."),
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
    Invariant("credits_unique", "attribution_credits", "I3: each credit is stored once."),
    Invariant(
        "credits_follow_net",
        "attribution_credits",
        "I4: a credit is its share of what refunds left of the line, to the minor unit, and so "
        "are its parts by view and by click.",
    ),
    Invariant(
        "single_content_gets_all",
        "attribution_credits",
        "I5: where one content alone can have sold a line, all models agree.",
    ),
    Invariant(
        "credits_of_features",
        "attribution_credits",
        "I6: only content that featured the product when it was touched is credited.",
    ),
    Invariant(
        "attributed_within_net",
        "attribution_credits",
        "I7: attributed revenue is at most net revenue.",
    ),
    Invariant(
        "reversals_add_up",
        "attribution_credits",
        "What was credited at the sale, less what was taken back, is what is credited today.",
    ),
)


def invariant_checks() -> list[dg.AssetChecksDefinition]:
    """The checks of each asset as one step, all of them blocking; a step each takes longer."""
    assets = dict.fromkeys(invariant.asset for invariant in INVARIANTS)
    return [_checks(asset, [one for one in INVARIANTS if one.asset == asset]) for asset in assets]


def _checks(asset: str, invariants: Sequence[Invariant]) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(one.statement, asset=asset, description=one.promise, blocking=True)
        for one in invariants
    ]

    @dg.multi_asset_check(name=f"{asset}_invariants", specs=specs, can_subset=True)
    def checks(
        context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.AssetCheckResult]:
        with warehouse.inspect() as con:
            for key in sorted(context.selected_asset_check_keys):
                yield _result(con, key)

    return checks


def _result(con: duckdb.DuckDBPyConnection, key: dg.AssetCheckKey) -> dg.AssetCheckResult:
    broken = con.sql(sql(f"checks/{key.name}"))
    rows = len(broken)
    sample = broken.limit(10).df().to_markdown(index=False) if rows else "none"
    return dg.AssetCheckResult(
        passed=rows == 0,
        asset_key=key.asset_key,
        check_name=key.name,
        metadata={"broken_rows": rows, "first_of_them": dg.MetadataValue.md(sample)},
    )
