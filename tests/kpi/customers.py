"""Cohorts, and the figures of the whole shop, recomputed."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.kpi.contents import Contents
from tests.kpi.facts import Key, quantile, ratio
from tests.kpi.shop import Row, day_of


class Customers(Contents):
    def cohorts(self) -> dict[Key, Row]:
        orders: dict[Any, Row] = {}
        for line in self.live:
            if line["customer_id"] is not None:
                order = orders.setdefault(line["order_id"], {**line, "net": Decimal(0)})
                order["net"] += line["net"]
        by_customer = defaultdict(list)
        for order in orders.values():
            by_customer[order["customer_id"]].append(order)
        groups = defaultdict(list)
        for customer, own in by_customer.items():
            first = min(own, key=lambda o: (o["processed_at"], o["order_id"]))
            before = [
                (t["touched_at"], t["touch_type"] == "click", t["content_id"])
                for t in self.t["touches"]
                if t["user_id"] == customer and t["touched_at"] <= first["processed_at"]
            ]
            month = day_of(first["processed_at"]).replace(day=1)
            for o in own:
                groups[month, min(before)[2] if before else None, o["currency"]].append((first, o))
        rows = {}
        for key, pairs in groups.items():
            row: Row = {
                "customers": len({o["customer_id"] for _, o in pairs}),
                "orders": len(pairs),
                "new_revenue": sum((o["net"] for f, o in pairs if f is o), Decimal(0)),
                "returning_revenue": sum((o["net"] for f, o in pairs if f is not o), Decimal(0)),
            }
            for days in (30, 60, 90):
                span = timedelta(days=days)
                over = all(f["processed_at"] + span <= self.present for f, _ in pairs)
                within = (
                    o["net"] for f, o in pairs if o["processed_at"] < f["processed_at"] + span
                )
                row[f"revenue_{days}"] = sum(within, Decimal(0)) if over else None
                row["is_mature"] = over
            rows[key] = row
        return rows

    def platform(self) -> dict[str, float | None]:
        """Metrics of platform_kpis, but those that only name a row of another table."""
        lines = [li for li in self.live if li["currency"] == self.main]
        paths = [(li, self.eligible(li)) for li in lines]
        with_path = [(li, path) for li, path in paths if path]
        live = len({li["order_id"] for li in lines})
        identified = len({li["order_id"] for li in lines if li["customer_id"] is not None})
        attributed = len({li["order_id"] for li, _ in with_path})
        net = sum((li["net"] for li in lines), Decimal(0))
        credit = sum((li["net"] for li, _ in with_path), Decimal(0))
        after = [li for li in lines if self.eligible(li, after=True)]
        by_chance = len({li["order_id"] for li in after})
        day = timedelta(days=1)
        last = [(li["processed_at"] - path[-1]["touched_at"]) / day for li, path in with_path]
        first = [(li["processed_at"] - path[0]["touched_at"]) / day for li, path in with_path]
        return {
            "content_to_commerce_rate": ratio(attributed, live),
            "content_to_commerce_rate_identified": ratio(attributed, identified),
            "content_to_commerce_rate_minus_placebo": ratio(attributed - by_chance, live),
            "content_revenue_share": ratio(credit, net),
            "content_revenue_share_minus_placebo": ratio(
                credit - sum(li["net"] for li in after), net
            ),
            "avg_attribution_revenue": round(float(credit) / attributed, 4),
            "attribution_window_days": sum(last) / len(last),
            "attribution_window_days_median": quantile(last, 0.5),
            "attribution_window_days_p90": quantile(last, 0.9),
            "first_touch_lag_days": sum(first) / len(first),
            "first_touch_lag_days_median": quantile(first, 0.5),
            "first_touch_lag_days_p90": quantile(first, 0.9),
            "top_converting_content": max(
                row["conversions"]
                for (_, currency), row in self.content_kpis().items()
                if currency == self.main
            ),
        }
