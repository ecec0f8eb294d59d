"""Asset checks of the invariants that make a figure right.

A blocking check stops what is downstream of it, so that a wrong figure is not published. Checks
of what was pulled are in `pull_checks.py`.
"""

from typing import NamedTuple

import dagster as dg

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
        with warehouse.inspect() as con:
            broken = con.sql(sql(f"checks/{invariant.statement}"))
            rows = len(broken)
            sample = broken.limit(10).df().to_markdown(index=False) if rows else "none"
        return dg.AssetCheckResult(
            passed=rows == 0,
            metadata={"broken_rows": rows, "first_of_them": dg.MetadataValue.md(sample)},
        )

    return check
