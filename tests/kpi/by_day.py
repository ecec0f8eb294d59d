"""The figures of days, recomputed."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.kpi.facts import Facts, Key, people
from tests.kpi.shop import Row, day_of


class ByDay(Facts):
    def content_daily(self) -> dict[Key, Row]:
        rows: dict[Key, Row] = {}

        def row(day: Any, content: str, currency: str) -> Row:
            return rows.setdefault(
                (day, content, currency),
                {"views": 0, "clicks": 0, "unique_viewers": set(), "conversions": set(),
                 "attributed_revenue": Decimal(0), "accrual_revenue": Decimal(0),
                 "cash_revenue": Decimal(0)},
            )  # fmt: skip

        for t in self.t["touches"]:
            of_day = row(day_of(t["touched_at"]), t["content_id"], self.main)
            of_day["views"] += t["touch_type"] == "view"
            of_day["clicks"] += t["touch_type"] == "click"
            of_day["unique_viewers"] |= people([t], "view")
        for c in self.credits:
            currency, day = c.line["currency"], c.line["order_day"]
            of_day = row(day, c.content_id, currency)
            if c.line["net"] >= 0:
                of_day["conversions"].add(c.line["order_id"])
            of_day["attributed_revenue"] += c.credit
            row(day_of(c.last), c.content_id, currency)["accrual_revenue"] += c.credit
        for day, content, currency, amount in self._cash():
            row(day, content, currency)["cash_revenue"] += amount
        newest = max(o["order_day"] for o in self.t["orders"])
        for (day, _, _), of_day in rows.items():
            of_day["unique_viewers"] = len(of_day["unique_viewers"])
            of_day["conversions"] = len(of_day["conversions"])
            of_day["is_mature"] = day <= newest - timedelta(days=self.lag_days)
        return {
            key: of_day
            for key, of_day in rows.items()
            if any(value for name, value in of_day.items() if name != "is_mature")
        }

    def _cash(self) -> Any:
        """Credit as it was sold, and what each refund and cancellation took back of it."""
        for line in self.t["order_lines"]:
            order = self.orders[line["order_id"]]
            if order["test"] or line["is_gift_card"]:
                continue
            whole = {**order, **line}
            worth = line["gross_sales"] - line["discounts"]
            given = {c.content_id: c.credit for c in self.linear(whole, Decimal(worth))}
            for content, credit in given.items():
                yield line["order_day"], content, order["currency"], credit
            refunds = {r["refund_id"]: r for r in self.t["refunds"]}
            steps = sorted(
                (refunds[r["refund_id"]]["created_at"], r["refund_id"], r["amount"])
                for r in self.t["refund_lines"]
                if r["line_id"] == line["line_id"]
            )
            if order["cancelled_at"]:
                taken = sum(amount for _, _, amount in steps)
                steps.append((order["cancelled_at"], None, worth - taken))
            for at, _, amount in steps:
                worth -= amount
                left = {c.content_id: c.credit for c in self.linear(whole, Decimal(worth))}
                for content, credit in left.items():
                    yield day_of(at), content, order["currency"], credit - given[content]
                given = left

    def daily_sales(self) -> dict[Key, Row]:
        names = ("gross_sales", "discounts", "returns", "unallocated_adjustments", "net_revenue",
                 "attributed_revenue")  # fmt: skip
        rows: dict[Key, Row] = defaultdict(
            lambda: {"orders": 0, **dict.fromkeys(names, Decimal(0))}
        )
        for order in self.orders.values():
            if not order["test"]:
                rows[order["order_day"], order["currency"]]["orders"] += 1
        refunds = {r["refund_id"]: r for r in self.t["refunds"]}
        for line in self.t["order_lines"]:
            self._sold(rows, line, refunds)
        for r in self.t["refunds"]:
            order = self.orders[r["order_id"]]
            lines = [li for li in self.t["refund_lines"] if li["refund_id"] == r["refund_id"]]
            if not order["test"] and not order["cancelled_at"] and not lines:
                key = day_of(r["created_at"]), order["currency"]
                rows[key]["unallocated_adjustments"] += r["amount"]
        for c in self.credits:
            rows[c.line["order_day"], c.line["currency"]]["attributed_revenue"] += c.credit
        for row in rows.values():
            row["net_sales"] = row["gross_sales"] - row["discounts"] - row["returns"]
            row["unattributed_revenue"] = row["net_revenue"] - row["attributed_revenue"]
        return dict(rows)

    def _sold(self, rows: dict[Key, Row], line: Row, refunds: dict[Any, Row]) -> None:
        """Count a line on the day of its order, and what was taken back on the days it was."""
        order = self.orders[line["order_id"]]
        currency, day = order["currency"], order["order_day"]
        if order["test"] or line["is_gift_card"]:
            return
        rows[day, currency]["gross_sales"] += line["gross_sales"]
        rows[day, currency]["discounts"] += line["discounts"]
        taken = Decimal(0)
        for r in self.t["refund_lines"]:
            if r["line_id"] == line["line_id"]:
                at = day_of(refunds[r["refund_id"]]["created_at"])
                rows[at, currency]["returns"] += r["amount"]
                taken += r["amount"]
        left = line["gross_sales"] - line["discounts"] - taken
        if order["cancelled_at"]:
            rows[day_of(order["cancelled_at"]), currency]["returns"] += left
        else:
            rows[day, currency]["net_revenue"] += left
