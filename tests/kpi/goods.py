"""The figures of products, and of the ways to them, recomputed."""

from collections import defaultdict
from decimal import Decimal

from tests.kpi.facts import Facts, Key, people, ratio
from tests.kpi.shop import DIGITS, Row


class Goods(Facts):
    def product_kpis(self) -> dict[Key, Row]:
        ids = [p["product_id"] for p in self.t["products"]]
        sold = {(li["product_id"], li["currency"]) for li in self.live if li["product_id"]}
        rows = {}
        for product, currency in sold | {(p, self.main) for p in ids}:
            lines = [
                li for li in self.live if (li["product_id"], li["currency"]) == (product, currency)
            ]
            driven = {c.line["line_id"]: c.line for c in self.credits if c.line in lines}.values()
            buyers = {c.line["customer_id"] for c in self.credits if c.line in lines and c.views}
            exposed = self.exposed(product)
            orders = {li["order_id"] for li in driven if li["net"] >= 0}
            rows[product, currency] = {
                "orders": len({li["order_id"] for li in lines}),
                "units_sold": sum(li["quantity"] - li["returned_quantity"] for li in lines),
                "net_revenue": sum((li["net"] for li in lines), Decimal(0)),
                "content_impressions": len(exposed),
                "unique_viewers_exposed": len(people(exposed, "view")),
                "content_driven_purchases": len(orders),
                "content_driven_units": sum(
                    li["quantity"] - li["returned_quantity"] for li in driven
                ),
                "content_driven_revenue": sum((li["net"] for li in driven), Decimal(0)),
                "content_conversion_rate": ratio(len(orders), len(exposed)),
                "viewer_conversion": ratio(len(buyers), len(people(exposed, "view"))),
            }
        return rows

    def product_content(self) -> dict[Key, Row]:
        rows = {}
        pairs = {(f["product_id"], f["content_id"]) for f in self.t["content_products"]}
        for product, content in pairs:
            exposed = self.exposed(product, content)
            for currency in DIGITS:
                own = [c for c in self.of(content, currency) if c.line["product_id"] == product]
                if not own and not (exposed and currency == self.main):
                    continue
                counted = [c for c in own if c.line["net"] >= 0]
                rows[product, content, currency] = {
                    "impressions": len(exposed),
                    "unique_viewers": len(people(exposed, "view")),
                    "buyers": len({c.line["customer_id"] for c in counted}),
                    "orders": len({c.line["order_id"] for c in counted}),
                    "attributed_revenue": sum((c.credit for c in own), Decimal(0)),
                }
        return rows

    def time_lag(self) -> dict[Key, Row]:
        rows: dict[Key, Row] = defaultdict(lambda: {"order_lines": 0, "net_revenue": Decimal(0)})
        for line in self.live:
            path = self.eligible(line)
            for touch, at in [("first", path[0]), ("last", path[-1])] if path else []:
                lag = (line["processed_at"] - at["touched_at"]).days
                row = rows[touch, line["currency"], lag]
                row["order_lines"] += 1
                row["net_revenue"] += line["net"]
        return dict(rows)

    def paths(self) -> dict[Key, Row]:
        rows: dict[Key, Row] = defaultdict(lambda: {"orders": 0, "net_revenue": Decimal(0)})
        by_order = defaultdict(list)
        for line in self.live:
            if self.eligible(line):
                by_order[line["order_id"]].append(line)
        for lines in by_order.values():
            touches = {t["event_id"]: t for line in lines for t in self.eligible(line)}.values()
            steps: list[str] = []
            for t in sorted(
                touches,
                key=lambda t: (t["touched_at"], t["touch_type"] == "click", t["content_id"]),
            ):
                kind = self.content[t["content_id"]]["content_type"] or "unknown"
                if not steps or steps[-1] != kind:
                    steps.append(kind)
            row = rows[" > ".join(steps), lines[0]["currency"]]
            row["path_length"] = len(steps)
            row["orders"] += 1
            row["net_revenue"] += sum(line["net"] for line in lines)
        return dict(rows)
