"""ATTRIBUTION.md §2 in plain Python, exact, slow and obvious: the oracle of the SQL."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import NamedTuple

ADDITIVE = (
    "first_touch",
    "last_touch",
    "linear",
    "time_decay",
    "position_based",
    "shapley_set",
)
MODELS = (*ADDITIVE, "any_touch")


@dataclass(frozen=True)
class Touch:
    event_id: str
    user_id: int | None
    content_id: str
    touch_type: str
    touched_at: datetime


@dataclass(frozen=True)
class Feature:
    content_id: str
    product_id: int
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True)
class Line:
    line_id: int
    order_id: int
    product_id: int | None
    customer_id: int | None
    processed_at: datetime
    net_revenue: Decimal
    digits: int = 2
    refunds: tuple[tuple[int, datetime, Decimal], ...] = ()  # refund_id, when, how much
    cancelled_at: datetime | None = None

    @property
    def sold(self) -> Decimal:
        """What it was sold for; net_revenue is what is left of that, or would be."""
        return self.net_revenue + sum(amount for _, _, amount in self.refunds)

    @property
    def is_live(self) -> bool:
        given_back = sum(amount for _, _, amount in self.refunds)
        return self.cancelled_at is None and (self.net_revenue != 0 or not given_back)


@dataclass(frozen=True)
class Rules:
    window_days: int = 7
    touch_policy: str = "all"
    collapse: str = "consecutive"
    half_life_days: float = 7


class Touchpoint(NamedTuple):
    content_id: str
    last_at: datetime
    is_clicked: bool


class Credit(NamedTuple):
    credit: Decimal
    share: float
    view_through: Decimal
    click_through: Decimal


def credits(line: Line, touches, features, window_days=7):
    """{(model, content_id): (credit, share)} of one line; empty without a path."""
    found = ledger(line, touches, features, Rules(window_days=window_days))
    return {key: (value.credit, value.share) for key, value in found.items()}


def ledger(line: Line, touches, features, rules: Rules) -> dict[tuple[str, str], Credit]:
    """{(model, content_id): its part of the line as it is today}; empty without a path."""
    path = path_of(line, touches, features, rules)
    if not path or not line.is_live:
        return {}
    found = {}
    for model in MODELS:
        shares, clicked = _shares(model, path, rules.half_life_days)
        for content, units in _deal(model, _units(line.net_revenue, line), shares).items():
            click_units = _half_up(abs(units) * clicked[content]) * (1 if units > 0 else -1)
            found[model, content] = Credit(
                _money(units, line),
                float(shares[content]),
                _money(units - click_units, line),
                _money(click_units, line),
            )
    return found


def reversals(line: Line, touches, features, rules: Rules):
    """{(refund_id or None, model, content_id): what that refund, or the cancellation, took back}"""
    path = path_of(line, touches, features, rules)
    history = [(None, line.sold)]
    for refund_id, _, amount in sorted(line.refunds, key=lambda refund: (refund[1], refund[0])):
        history.append((refund_id, history[-1][1] - amount))
    if line.cancelled_at:
        history.append((None, Decimal(0)))
    found = {}
    for model in MODELS if path else ():
        shares, _ = _shares(model, path, rules.half_life_days)
        for (_, before), (refund_id, after) in pairwise(history):
            had = _deal(model, _units(before, line), shares)
            has = _deal(model, _units(after, line), shares)
            for content in shares:
                found[refund_id, model, content] = _money(had[content] - has[content], line)
    return found


def path_of(line: Line, touches, features, rules: Rules) -> list[Touchpoint]:
    """The touchpoints of a line, oldest first."""
    window = timedelta(days=rules.window_days)
    eligible = {
        (t.touched_at, t.touch_type == "click", t.content_id, t.event_id)
        for t in touches
        if t.user_id is not None
        and t.user_id == line.customer_id
        and line.processed_at - window < t.touched_at <= line.processed_at
        and any(_features(f, t, line) for f in features)
    }
    clicks = {touch for touch in eligible if touch[1]}
    if rules.touch_policy == "click_only" or (rules.touch_policy == "click_first" and clicks):
        eligible = clicks
    path: list[Touchpoint] = []
    for touched_at, is_click, content, _ in sorted(eligible):
        last = path[-1] if path else None
        if rules.collapse == "consecutive" and last and last.content_id == content:
            path[-1] = Touchpoint(content, touched_at, is_click or last.is_clicked)
        else:
            path.append(Touchpoint(content, touched_at, is_click))
    return path


def _features(f: Feature, t: Touch, line: Line) -> bool:
    return (
        f.content_id == t.content_id
        and f.product_id == line.product_id
        and (f.valid_from is None or f.valid_from <= t.touched_at)
        and (f.valid_to is None or t.touched_at < f.valid_to)
    )


def _weights(model: str, path: list[Touchpoint], half_life_days) -> list[Fraction]:
    """What each touchpoint weighs."""
    n = len(path)
    contents = [touchpoint.content_id for touchpoint in path]
    match model:
        case "first_touch":
            return [Fraction(i == 0) for i in range(n)]
        case "last_touch":
            return [Fraction(i == n - 1) for i in range(n)]
        case "linear":
            return [Fraction(1, n)] * n
        case "time_decay":
            ages = [
                (path[-1].last_at - touchpoint.last_at) / timedelta(days=half_life_days)
                for touchpoint in path
            ]
            return [Fraction(2.0**-age) for age in ages]
        case "position_based" if n <= 2:
            return [Fraction(1, n)] * n
        case "position_based":
            return [Fraction(2, 5), *[Fraction(1, 5 * (n - 2))] * (n - 2), Fraction(2, 5)]
        case "shapley_set" | "any_touch":  # each content the same, in however many touchpoints
            return [Fraction(1, contents.count(content)) for content in contents]
    raise ValueError(model)


def _shares(model: str, path: list[Touchpoint], half_life_days):
    """Of each content: its share of the line, and the part of that with a click."""
    whole: dict[str, Fraction] = defaultdict(Fraction)
    clicked: dict[str, Fraction] = defaultdict(Fraction)
    for touchpoint, weight in zip(path, _weights(model, path, half_life_days), strict=True):
        whole[touchpoint.content_id] += weight
        clicked[touchpoint.content_id] += weight * touchpoint.is_clicked
    total = Fraction(1) if model == "any_touch" else sum(whole.values())
    shares = {content: weight / total for content, weight in whole.items() if weight}
    return shares, {content: clicked[content] / whole[content] for content in shares}


def _deal(model: str, units: int, shares: dict[str, Fraction]) -> dict[str, int]:
    """Integer units by largest remainder, ties by content_id; of less than nothing the same."""
    if model == "any_touch":
        return dict.fromkeys(shares, units)
    if units < 0:
        return {content: -part for content, part in _deal(model, -units, shares).items()}
    parts = {content: floor(units * share) for content, share in shares.items()}
    by_remainder = sorted(shares, key=lambda c: (parts[c] - units * shares[c], c))
    for content in by_remainder[: units - sum(parts.values())]:
        parts[content] += 1
    return parts


def _half_up(number: Fraction) -> int:
    return floor(number + Fraction(1, 2))


def _units(amount: Decimal, line: Line) -> int:
    return int(amount.scaleb(line.digits))


def _money(units: int, line: Line) -> Decimal:
    return Decimal(units).scaleb(-line.digits)
