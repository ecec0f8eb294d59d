"""The figures of creators and content types, recomputed."""

from collections import defaultdict
from decimal import Decimal
from statistics import median
from typing import Any

import numpy as np

from tests.kpi.contents import Contents
from tests.kpi.facts import Key, people, quantile, ratio
from tests.kpi.shop import DIGITS, Row


class Groups(Contents):
    def grouped(self, column: str) -> dict[Key, Row]:
        """Figures of creators or content types."""
        contents = self.content_kpis()
        groups = defaultdict(list)
        for content, currency in contents:
            groups[self.content[content][column], currency].append(content)
        return {
            (name, currency): self._group(column, name, currency, ids, contents)
            for (name, currency), ids in groups.items()
        }

    def _group(
        self, column: str, name: Any, currency: str, ids: list[str], contents: dict[Key, Row]
    ) -> Row:
        rows = {content: contents[content, currency] for content in ids}
        touches = [t for t in self.t["touches"] if self.content[t["content_id"]][column] == name]
        credits = [c for content in ids for c in self.of(content, currency)]
        counted = [c for c in credits if c.line["net"] >= 0]
        orders = {c.line["order_id"] for c in counted}
        buyers = {c.line["customer_id"] for c in counted}
        revenue = sum((r["attributed_revenue"] for r in rows.values()), Decimal(0))
        costs = [r["production_cost"] for r in rows.values() if r["production_cost"] is not None]
        with_roi = {c: r for c, r in rows.items() if r["roi"] is not None}
        cost = sum((r["production_cost"] for r in with_roi.values()), Decimal(0))
        clicks = sum(r["clicks"] for r in rows.values())
        views = sum(r["views"] for r in rows.values())
        low, high = self.interval(credits, currency)
        known = all(r["net_roi"] is not None for r in with_roi.values())
        profit = [
            (self.of(content, currency), r["margin"])
            for content, r in with_roi.items()
            if r["margin"] is not None
        ]
        draws = np.sum(
            [self.draws(credits, margin) for credits, margin in profit] or [[0.0] * 200], axis=0
        )
        cent = 10.0 ** -DIGITS[currency]
        ends = [round(quantile(list(draws), q) / cent) * cent for q in (0.025, 0.975)]
        earned = sum(float(r["attributed_revenue"]) * (r["margin"] or 0) for r in with_roi.values())

        def net_roi(amount: float) -> float | None:
            return ratio(amount - float(cost), cost) if known else None

        by_type = defaultdict(list)
        for content, row in rows.items():
            by_type[self.content[content]["content_type"]].append(row["attributed_revenue"])
        return {
            "contents": len(ids), "views": views, "clicks": clicks,
            "unique_viewers": len(people(touches, "view")),
            "unique_clickers": len(people(touches, "click")),
            "click_through_rate": ratio(clicks, views),
            "conversions": len(orders), "conversion_rate": ratio(len(orders), clicks),
            "attributed_revenue": revenue,
            "avg_attribution_revenue": round(revenue / len(ids), 4),
            "revenue_per_content": round(revenue / len(ids), 4),
            "median_revenue_per_content": median(r["attributed_revenue"] for r in rows.values()),
            "best_content_type": min(
                by_type,
                key=lambda t: (-sum(by_type[t]) / len(by_type[t]), t is None, t or ""),
            ),
            "production_cost": sum(costs) if costs else None,
            "roi": ratio(sum(r["attributed_revenue"] for r in with_roi.values()), cost),
            "buyers": len(buyers),
            "attributed_revenue_low": low, "attributed_revenue_high": high,
            "net_roi": net_roi(earned), "net_roi_low": net_roi(ends[0]),
            "net_roi_high": net_roi(ends[1]),
            "is_small_sample": len(people(touches, "view")) < 100 or len(buyers) < 10,
        }  # fmt: skip
