"""ATTRIBUTION.md §2 in plain Python, exact, slow and obvious: the oracle of the SQL."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

MODELS = ("first_touch", "last_touch", "linear", "time_decay", "position_based")


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


def credits(line: Line, touches, features, window_days=7, half_life_days=7):
    """{(model, content_id): (credit, share)} of one line; empty without a path."""
    path = _path(line, touches, features, timedelta(days=window_days))
    return {
        (model, content): value
        for model in (MODELS if path else ())
        for content, value in _deal(line, _weights(model, path, half_life_days)).items()
    }


def _path(line, touches, features, window):
    eligible = sorted(
        {
            (t.touched_at, t.touch_type == "click", t.content_id, t.event_id)
            for t in touches
            if t.user_id is not None
            and t.user_id == line.customer_id
            and line.processed_at - window < t.touched_at <= line.processed_at
            and any(
                f.content_id == t.content_id
                and f.product_id == line.product_id
                and (f.valid_from is None or f.valid_from <= t.touched_at)
                and (f.valid_to is None or t.touched_at < f.valid_to)
                for f in features
            )
        }
    )
    touchpoints: list[tuple[str, datetime]] = []
    for touched_at, _, content, _ in eligible:
        if touchpoints and touchpoints[-1][0] == content:
            touchpoints[-1] = (content, touched_at)
        else:
            touchpoints.append((content, touched_at))
    return touchpoints


def _weights(model, path, half_life_days):
    n = len(path)
    shares: dict[str, Fraction] = defaultdict(Fraction)
    for i, (content, last_at) in enumerate(path):
        age = (path[-1][1] - last_at) / timedelta(days=half_life_days)
        weight = {
            "first_touch": Fraction(i == 0),
            "last_touch": Fraction(i == n - 1),
            "linear": Fraction(1, n),
            "time_decay": Fraction(2.0**-age),
            "position_based": Fraction(1, n)
            if n <= 2
            else Fraction(2, 5)
            if i in (0, n - 1)
            else Fraction(1, 5 * (n - 2)),
        }[model]
        shares[content] += weight
    total = sum(shares.values())
    return {content: share / total for content, share in shares.items() if share}


def _deal(line, shares):
    units = int(abs(line.net_revenue) * 10**line.digits)
    floors = {content: int(units * share) for content, share in shares.items()}
    left = units - sum(floors.values())
    by_remainder = sorted(shares, key=lambda c: (-(units * shares[c] - floors[c]), c))
    for content in by_remainder[:left]:
        floors[content] += 1
    sign = -1 if line.net_revenue < 0 else 1
    return {
        content: (Decimal(sign * floors[content]).scaleb(-line.digits), float(shares[content]))
        for content in shares
    }
