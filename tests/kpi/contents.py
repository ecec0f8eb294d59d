"""The figures of each content, recomputed; only the drawing of users is shared with the SQL."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from nerdx_pipelines.bootstrap import times_drawn
from tests.kpi.facts import Credit, Facts, Key, people, person, quantile, ratio
from tests.kpi.shop import DIGITS, Row


class Contents(Facts):
    def matured(self, content: str) -> set[Any]:
        """Viewers whose window after their first view is over."""
        first: dict[Any, datetime] = {}
        for t in self.touched(content):
            if t["touch_type"] == "view" and person(t) is not None:
                first[person(t)] = min(first.get(person(t), t["touched_at"]), t["touched_at"])
        return {p for p, at in first.items() if at + self.window <= self.present}

    def keys(self) -> set[Key]:
        """Contents with the currencies they have figures in."""
        earned = {(c.content_id, c.line["currency"]) for c in self.credits}
        return earned | {(content, self.main) for content in self.content}

    def draws(self, credits: list[Credit], factor: float = 1.0) -> list[float]:
        """The sum of these credits, in money, in each resample of the users."""
        users = np.array([c.line["customer_id"] for c in credits], np.int64)
        amounts = np.array([float(c.credit) * factor for c in credits])
        return list(times_drawn(users).T @ amounts) if credits else [0.0] * 200

    def interval(self, credits: list[Credit], currency: str) -> list[Decimal]:
        draws = self.draws(credits)
        cent = Decimal(1).scaleb(-DIGITS[currency])
        ends = (Decimal(repr(quantile(draws, share))) for share in (0.025, 0.975))
        return [end.quantize(cent) for end in ends]

    def line_cost(self, line: Row) -> Decimal | None:
        cost = self.costs.get(line["variant_id"])
        if not cost or cost["unit_cost"] is None or cost["cost_currency"] != line["currency"]:
            return None
        return Decimal(cost["unit_cost"]) * (line["quantity"] - line["returned_quantity"])

    def margin(self, credits: list[Credit]) -> float | None:
        costs = [self.line_cost(c.line) for c in credits]
        revenue = sum(c.credit for c in credits)
        if None in costs or revenue <= 0:
            return None
        goods = sum(c.share * Fraction(cost) for c, cost in zip(credits, costs, strict=True))
        return float((Fraction(revenue) - goods) / Fraction(revenue))

    def content_kpis(self) -> dict[Key, Row]:
        rows = {key: self._content(*key) for key in self.keys()}
        for (content, currency), row in rows.items():
            kind = self.content[content]["content_type"]
            alike = [
                r
                for (c, cur), r in rows.items()
                if cur == currency and self.content[c]["content_type"] == kind
            ]
            mean = ratio(sum(r["_buyers"] for r in alike), sum(r["_viewers"] for r in alike))
            row["shrunken_viewer_conversion"] = (
                None if mean is None else (row["_buyers"] + 100 * mean) / (row["_viewers"] + 100)
            )
        return rows

    def _content(self, content: str, currency: str) -> Row:
        about, touches, credits = (
            self.content[content],
            self.touched(content),
            self.of(content, currency),
        )
        views = sum(t["touch_type"] == "view" for t in touches)
        clicks = len(touches) - views
        viewers, clickers = people(touches, "view"), people(touches, "click")
        counted = [c for c in credits if c.line["net"] >= 0]
        orders = {c.line["order_id"] for c in counted}
        buyers = {c.line["customer_id"] for c in counted}
        viewing = {c.line["customer_id"] for c in counted if c.views} & self.matured(content)
        revenue = sum((c.credit for c in credits), Decimal(0))
        cost = about["production_cost"] if currency == self.main else None
        margin = self.margin(credits)
        low, high = self.interval(credits, currency)
        kept = margin if credits else 0.0
        lines_of = defaultdict(set)
        for c in self.credits:
            lines_of[c.line["order_id"]].add(c.line["line_id"])
        published = about["published_at"] or min((t["touched_at"] for t in touches), default=None)

        def net_roi(amount: Decimal) -> float | None:
            if kept is None or cost is None:
                return None
            return ratio(float(amount) * kept - float(cost), cost)

        ends = [net_roi(low), net_roi(high)]
        ends = sorted(ends) if None not in ends else [None, None]
        known = sum((c.credit for c in credits if self.line_cost(c.line) is not None), Decimal(0))
        return {
            "views": views, "clicks": clicks, "unique_viewers": len(viewers),
            "unique_clickers": len(clickers), "click_through_rate": ratio(clicks, views),
            "unique_click_through_rate": ratio(len(viewers & clickers), len(viewers)),
            "conversions": len(orders), "conversion_rate": ratio(len(orders), clicks),
            "fractional_orders": float(
                sum(c.share / len(lines_of[c.line["order_id"]]) for c in credits)
            ),
            "click_conversion": ratio(
                len({c.line["order_id"] for c in counted if c.clicks}), len(clickers)
            ),
            "viewer_conversion": ratio(len(viewing), len(self.matured(content))),
            "attributed_revenue": revenue,
            "influenced_revenue": sum((c.line["net"] for c in credits), Decimal(0)),
            "production_cost": about["production_cost"],
            "roi": ratio(revenue, cost),
            "engagement_score": ratio(views + 3 * clicks + 10 * len(orders), len(viewers)),
            "is_mature": published and published + self.window <= self.present,
            "buyers": len(buyers),
            "attributed_revenue_low": low, "attributed_revenue_high": high,
            "margin": margin, "margin_coverage": ratio(known, revenue),
            "net_roi": net_roi(revenue), "net_roi_low": ends[0], "net_roi_high": ends[1],
            "is_small_sample": len(viewers) < 100 or len(buyers) < 10,
            "_viewers": len(self.matured(content)), "_buyers": len(viewing),
        }  # fmt: skip
