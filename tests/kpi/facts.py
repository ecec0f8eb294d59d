"""What happened in a shop, in plain Python: live lines, and the linear credits they give.

By ATTRIBUTION.md §2; slow and obvious, the oracle of the SQL.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from tests.kpi.shop import DIGITS, RandomShop, Row

Key = tuple[Any, ...]


def ratio(part: Any, whole: Any) -> float | None:
    return (
        float(part) / float(whole) if part is not None and whole is not None and whole > 0 else None
    )


def quantile(values: Any, share: float) -> float | None:
    return float(np.quantile([float(v) for v in values], share)) if values else None


def person(touch: Row) -> Any:
    if touch["user_id"] is not None:
        return touch["user_id"]
    return None if touch["anonymous_id"] is None else f"anonymous {touch['anonymous_id']}"


def people(touches: list[Row], kind: str) -> set[Any]:
    return {person(t) for t in touches if t["touch_type"] == kind} - {None}


@dataclass(frozen=True)
class Credit:
    """What the linear model gives one content of one line."""

    line: Row
    content_id: str
    share: Fraction
    credit: Decimal
    views: int
    clicks: int
    first: datetime
    last: datetime


@dataclass
class Facts:
    """The rows of one shop, and what follows from them."""

    shop: RandomShop
    window_days: int = 7
    lag_days: int = 3

    def __post_init__(self) -> None:
        self.t = self.shop.tables
        self.window = timedelta(days=self.window_days)
        self.orders = {o["order_id"]: o for o in self.t["orders"]}
        self.content = {c["content_id"]: c for c in self.t["content"]}
        self.costs = {v["variant_id"]: v for v in self.t["product_variants"]}
        self.present = max(
            *(o["processed_at"] for o in self.t["orders"]),
            *(t["touched_at"] for t in self.t["touches"]),
        )
        counts = defaultdict(int)
        for o in self.t["orders"]:
            counts[o["currency"]] += 1
        self.main = min(counts, key=lambda currency: (-counts[currency], currency))

    @cached_property
    def live(self) -> list[Row]:
        """Live lines, each with what its order says."""
        found = []
        for line in self.t["order_lines"]:
            order = self.orders[line["order_id"]]
            net = line["gross_sales"] - line["discounts"] - line["returns"]
            kept = line["returns"] == 0 and line["quantity"] > line["returned_quantity"]
            if not (order["test"] or order["cancelled_at"] or line["is_gift_card"]) and (
                net != 0 or kept
            ):
                found.append({**order, **line, "net": Decimal(net)})
        return found

    def features(self, content: str, product: Any, at: datetime) -> bool:
        return any(
            f["content_id"] == content
            and f["product_id"] == product
            and (f["valid_from"] is None or f["valid_from"] <= at)
            and (f["valid_to"] is None or at < f["valid_to"])
            for f in self.t["content_products"]
        )

    def eligible(self, line: Row, after: bool = False) -> list[Row]:
        """Touches that may be credited, in the order of the path; or in the window after."""
        sold = line["processed_at"]
        low, high = (sold, sold + self.window) if after else (sold - self.window, sold)
        return sorted(
            (
                t
                for t in self.t["touches"]
                if t["user_id"] is not None
                and t["user_id"] == line["customer_id"]
                and low < t["touched_at"] <= high
                and self.features(t["content_id"], line["product_id"], t["touched_at"])
            ),
            key=lambda t: (t["touched_at"], t["touch_type"] == "click", t["content_id"]),
        )

    def linear(self, line: Row, net: Decimal) -> list[Credit]:
        """`net` dealt out by largest remainder over the touchpoints of the line."""
        touches = self.eligible(line)
        points = [t["content_id"] for t in touches]
        points = [c for i, c in enumerate(points) if i == 0 or points[i - 1] != c]
        if not points:
            return []
        digits = DIGITS[line["currency"]]
        units = int(abs(net) * 10**digits)
        shares = {c: Fraction(points.count(c), len(points)) for c in points}
        given = {c: int(units * share) for c, share in shares.items()}
        left = sorted(shares, key=lambda c: (given[c] - units * shares[c], c))
        for content in left[: units - sum(given.values())]:
            given[content] += 1
        found = []
        for content, share in shares.items():
            own = [t for t in touches if t["content_id"] == content]
            amount = Decimal(given[content]).scaleb(-digits) * (-1 if net < 0 else 1)
            kinds = [t["touch_type"] for t in own]
            first, last = own[0]["touched_at"], own[-1]["touched_at"]
            found.append(Credit(line, content, share, amount, kinds.count("view"),
                                kinds.count("click"), first, last))  # fmt: skip
        return found

    @cached_property
    def credits(self) -> list[Credit]:
        return [credit for line in self.live for credit in self.linear(line, line["net"])]

    def touched(self, content: str) -> list[Row]:
        return [t for t in self.t["touches"] if t["content_id"] == content]

    def of(self, content: str, currency: str) -> list[Credit]:
        return [
            c for c in self.credits if (c.content_id, c.line["currency"]) == (content, currency)
        ]

    def exposed(self, product: int, content: str | None = None) -> list[Row]:
        """Views of contents while they featured the product."""
        return [
            t
            for t in self.t["touches"]
            if t["touch_type"] == "view"
            and content in (None, t["content_id"])
            and self.features(t["content_id"], product, t["touched_at"])
        ]
