"""The sales of some days from their orders, counted as Shopify's sales report counts them.

Sales on the day of the order, returns on the day of the refund, a cancellation as the return of
what is left. The same rules, for the warehouse, are in `sql/kpi/daily_sales.sql`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from nerdx_pipelines.money import minor_digits

NOTHING = Decimal(0)
TOP = 10

Order = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """Figures that count on a day, of one line of an order."""

    day: date
    currency: str
    line: Mapping[str, Any]
    gross_sales: Decimal = NOTHING
    discounts: Decimal = NOTHING
    returns: Decimal = NOTHING
    quantity: int = 0


@dataclass
class Figures:
    """A sum of entries, and the orders placed."""

    orders: int = 0
    gross_sales: Decimal = NOTHING
    discounts: Decimal = NOTHING
    returns: Decimal = NOTHING

    def add(self, entry: Entry) -> None:
        """Count the entry in."""
        self.gross_sales += entry.gross_sales
        self.discounts += entry.discounts
        self.returns += entry.returns

    def row(self, currency: str) -> dict[str, Any]:
        """The figures by name; the average is of what was ordered, before returns."""
        zero = _zero(currency)
        ordered = self.gross_sales - self.discounts
        average = (ordered / self.orders).quantize(zero, ROUND_HALF_UP) if self.orders else None
        return {
            "orders": self.orders,
            "gross_sales": self.gross_sales + zero,
            "discounts": self.discounts + zero,
            "returns": self.returns + zero,
            "net_sales": ordered - self.returns + zero,
            "average_order_value": average,
        }


def sales(
    orders: Iterable[Order], first: date, last: date, zone: tzinfo, currency: str
) -> dict[str, Any]:
    """Sales of the days `first` to `last` (both in), days as in the shop's `zone`.

    `orders` are rows of `rows.orders` and must hold every order placed, refunded or cancelled on
    these days. The figures at the top are those in the shop's `currency`; every currency has its
    own in `currencies`, and amounts of two are never added. Test orders and gift cards are no
    sales. Money is Decimal; an average of no orders is None.
    """
    totals: dict[str, Figures] = {currency: Figures()}
    days: dict[tuple[date, str], Figures] = {}
    goods: dict[tuple[str, object], dict[str, Any]] = {}
    for order in orders:
        if order["test"]:
            continue
        placed = (order["order_day"], order["currency"])
        if first <= placed[0] <= last:
            totals.setdefault(placed[1], Figures()).orders += 1
            days.setdefault(placed, Figures()).orders += 1
        for entry in _entries(order, zone):
            if first <= entry.day <= last:
                totals.setdefault(entry.currency, Figures()).add(entry)
                days.setdefault((entry.day, entry.currency), Figures()).add(entry)
                _count(goods, entry)
    return {
        "start_date": first,
        "end_date": last,
        "time_zone": str(zone),
        "currency": currency,
        **totals[currency].row(currency),
        "currencies": {name: totals[name].row(name) for name in sorted(totals)},
        "days": [
            {"day": day, "currency": name, **days[day, name].row(name)}
            for day, name in sorted(days)
        ],
        "top_products": sorted(
            goods.values(), key=lambda row: (-row["net_sales"], str(row["product_id"]))
        )[:TOP],
    }


def _entries(order: Order, zone: tzinfo) -> Iterator[Entry]:
    """What each line of the order counts, on each day that it counts on."""

    def day(moment: datetime) -> date:
        return moment.astimezone(zone).date()

    lines = {line["line_id"]: line for line in order["line_items"] if not line["is_gift_card"]}
    currency: str = order["currency"]
    for line in lines.values():
        gross, discounts = line["gross_sales"], line["discounts"]
        yield Entry(order["order_day"], currency, line, gross, discounts, quantity=line["quantity"])
        if order["cancelled_at"] is not None:
            left = gross - discounts - line["returns"]
            yield Entry(day(order["cancelled_at"]), currency, line, returns=left)
    for refund in order["refunds"]:
        for back in refund["refund_lines"]:
            if line := lines.get(back["line_id"]):
                yield Entry(day(refund["created_at"]), currency, line, returns=back["amount"])


def _count(goods: dict[tuple[str, object], dict[str, Any]], entry: Entry) -> None:
    product = entry.line["product_id"]  # None: no product of the shop, known by its title
    row = goods.setdefault(
        (entry.currency, product or entry.line["title"]),
        {
            "product_id": product,
            "title": entry.line["title"],
            "currency": entry.currency,
            "units_ordered": 0,
            "net_sales": _zero(entry.currency),
        },
    )
    row["units_ordered"] += entry.quantity
    row["net_sales"] += entry.gross_sales - entry.discounts - entry.returns


def _zero(currency: str) -> Decimal:
    """0 with the currency's decimals, which a sum with it then has: 0.00, or 0 for yen."""
    return Decimal(0).scaleb(-minor_digits(currency))
