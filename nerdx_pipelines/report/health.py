"""The health strip: whether the figures below it can be trusted.

Turns the rows of `kpi.health` into words and checks that revenue adds up. No HTML.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from nerdx_pipelines.kpi_definitions import definition
from nerdx_pipelines.report import formats
from nerdx_pipelines.report.data import Row


@dataclass(frozen=True)
class Tile:
    """One figure of the strip."""

    metric: str
    label: str
    figure: str
    definition: str


@dataclass(frozen=True)
class Balance:
    """Net revenue and its two parts, which must add up to it."""

    net: str
    attributed: str
    unattributed: str
    share: Decimal | None  # attributed / net
    difference: str | None  # of net and the parts' sum; None: they add up


@dataclass(frozen=True)
class Health:
    """The strip; no balance where one of its three figures is missing."""

    balance: Balance | None
    tiles: list[Tile]


SIGNS = {  # metric: label, kind
    "guest_share": ("Guest orders", "percent"),
    "refund_reversals": ("Refunded or cancelled", "money"),
    "late_touches_24h": ("Late touches, 24 h", "count"),
    "uncounted_touches": ("Touches not counted", "count"),
    "placebo_ratio": ("Placebo", "percent"),
    "last_day": ("Last day of orders", "day"),
}
BALANCED = ("net_revenue", "attributed_revenue", "unattributed_revenue")


def health(rows: list[Row], currency: str | None) -> Health:
    """The strip from rows of (metric, value, note); figures it does not know come last."""
    found = {row["metric"]: row for row in rows}
    if all(metric in found and found[metric]["value"] is not None for metric in BALANCED):
        net, attributed, unattributed = (found[metric]["value"] for metric in BALANCED)
        balance = _balance(net, attributed, unattributed, found["net_revenue"]["note"] or currency)
    else:
        balance = None
    unknown = sorted(set(found) - set(SIGNS) - set(BALANCED))
    shown = [metric for metric in SIGNS if metric in found] + unknown
    return Health(balance, [_tile(found[metric], currency) for metric in shown])


def _balance(
    net: Decimal, attributed: Decimal, unattributed: Decimal, currency: str | None
) -> Balance:
    difference = net - attributed - unattributed
    return Balance(
        net=formats.money(net, currency),
        attributed=formats.money(attributed, currency),
        unattributed=formats.money(unattributed, currency),
        share=attributed / net if net else None,
        difference=formats.money(difference, currency) if difference else None,
    )


def _tile(row: Row, currency: str | None) -> Tile:
    metric, value, note = row["metric"], row["value"], row["note"]
    if metric not in SIGNS:
        label = formats.words(metric).capitalize()
        return Tile(metric, label, formats.number(value), note or "")
    label, kind = SIGNS[metric]
    if kind == "day":
        figure = formats.day(date.fromisoformat(note)) if note else formats.MISSING
    elif kind == "money":
        figure = formats.money(value, currency)
    else:
        figure = {"percent": formats.percent, "count": formats.count}[kind](value)
    means = definition("health", metric)
    if kind == "count" and note and value:  # what it is made of
        means = f"{means} Here: {note}."
    if figure == formats.MISSING:
        means = f"{means} Not known yet: there is nothing to make it of."
    return Tile(metric, label, figure, means)
