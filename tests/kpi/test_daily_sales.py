"""Daily sales are what the shop's own report would say of what the demo store holds."""

import shutil
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tests.assets import world
from tests.assets.world import CHANGES, PULLS, Follower, serving
from tests.demo.store.demo_shop import SHOP

# Orders over the end of Sydney's summer time (5 April, 3:00), refunds on a later day.
SOLD = (
    SHOP.replace("'2026-03-01T00:00:00Z' + to_minutes", "'2026-04-03T06:00:00Z' + to_minutes")
    .replace("2000 + i, '2026-03-20", "2000 + i + 4 * (i < 36)::INT, '2026-03-20")
    .replace("l.order_id = r.order_id + 4", "l.order_id = r.order_id")
    .replace(
        "'2026-03-20T00:00:00Z'", "TIMESTAMPTZ '2026-04-04T15:30:00Z' + to_hours((i % 4)::INTEGER)"
    )
)
FIRST, LAST = date(2026, 4, 1), date(2026, 4, 12)
OF_A_DAY = ("gross_sales", "discounts", "returns", "net_sales")


def day_of(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(world.ZONE)).date()


def cents(amount: Fraction) -> Decimal:
    """Half a cent is rounded up."""
    return Decimal((2 * amount * 100 + 1) // 2) / 100


def reported(store: Path) -> dict[tuple[date, str], dict[str, Decimal]]:
    """Gross sales, discounts, returns and net sales by day and currency, out of the store's tables.

    Sales on the day of the order, returns on that of the refund; what a cancelled order was still
    worth is returned when it was cancelled. Included tax is no sale; test orders, gift cards
    neither.
    """
    copy = store.with_name("as-it-is.duckdb")  # the store itself has the file open
    for suffix in ("", ".wal"):
        if store.with_name(store.name + suffix).exists():
            shutil.copyfile(f"{store}{suffix}", f"{copy}{suffix}")
    with duckdb.connect(copy) as con:
        orders = {row["id"]: row for row in table(con, "orders") if not row["test"]}
        refunds = {row["id"]: row for row in table(con, "refunds")}
        lines, returned = table(con, "line_items"), table(con, "refund_line_items")
    days: Any = defaultdict(lambda: dict.fromkeys(OF_A_DAY, Decimal(0)))
    for line in lines:
        order = orders.get(line["order_id"])
        if order is None or line["is_gift_card"]:
            continue
        currency, tax = order["currency_code"], line["tax"] if order["taxes_included"] else 0
        listed = line["quantity"] * line["unit_price"]
        paid = listed - line["total_discount"]
        gross = (
            listed if not tax or not paid else cents(Fraction(listed) * Fraction(1 - tax / paid))
        )
        of_day = days[day_of(order["processed_at"]), currency]
        of_day["gross_sales"] += gross
        of_day["discounts"] += gross - (paid - tax)
        left = paid - tax
        for row in returned:
            if row["line_item_id"] == line["id"]:
                amount = row["subtotal"] - (row["total_tax"] if order["taxes_included"] else 0)
                at = day_of(refunds[row["refund_id"]]["created_at"])
                days[at, currency]["returns"] += amount
                left -= amount
        if order["cancelled_at"]:
            days[day_of(order["cancelled_at"]), currency]["returns"] += left
    for of_day in days.values():
        of_day["net_sales"] = of_day["gross_sales"] - of_day["discounts"] - of_day["returns"]
    return {key: of_day for key, of_day in days.items() if any(of_day.values())}


def table(con: Any, name: str) -> list[dict[str, Any]]:
    result = con.execute(f"FROM {name}")
    columns = [column[0] for column in result.description]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def found(follower: Follower) -> dict[tuple[date, str], dict[str, Decimal]]:
    names = ", ".join(OF_A_DAY)
    rows = follower.rows(f"SELECT day, currency, {names} FROM kpi.daily_sales")
    told = {(day, currency): dict(zip(OF_A_DAY, row, strict=True))
            for day, currency, *row in rows}  # fmt: skip
    return {key: of_day for key, of_day in told.items() if any(of_day.values())}


def something(dice: Random, shop: world.Shop, follower: Follower) -> None:
    """A change of an order that lives, drawn by the dice; the shop may refuse it."""
    order, line = dice.choice(
        follower.rows(
            "SELECT order_id, min(line_id) FROM staging.order_lines INNER JOIN staging.orders"
            " USING (order_id) WHERE cancelled_at IS NULL GROUP BY ALL ORDER BY ALL"
        )
    )
    at = datetime(2026, 4, 4, 14, tzinfo=UTC) + timedelta(minutes=dice.randint(0, 300))
    forms: list[dict[str, Any]] = [
        {"do": "refund", "order_id": order, "lines": [{"line_item_id": line, "quantity": 1}]},
        {"do": "refund", "order_id": order, "amount": "1.25"},
        {"do": "cancel_order", "order_id": order, "refund": dice.random() < 0.5},
        {"do": "edit_order", "order_id": order, "add": [{"variant_id": 1010}]},
        {"do": "edit_order", "order_id": order, "lines": [{"line_item_id": line, "quantity": 0}]},
        {"do": "delete_order", "order_id": order},
        {
            "do": "place_order",
            "lines": [{"variant_id": 1000 + 10 * dice.randint(0, 11), "discount": "0.75"}],
            "processed_at": at.isoformat(),
        },
    ]
    try:
        shop.change(**dice.choice(forms))
    except AssertionError as refused:
        assert '"errors"' in str(refused)


def test_every_day_reconciles_after_any_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "FIRST", FIRST)
    monkeypatch.setattr(world, "LAST", LAST)
    dice, folder = Random(1), tmp_path / "shop"
    with serving(folder, SOLD) as shop:
        follower = Follower(shop, tmp_path / "data")
        follower.run([*PULLS, *CHANGES, "daily_sales"], FIRST, LAST)
        before = reported(folder / "store.duckdb")
        assert found(follower) == before
        assert any(of_day["returns"] for of_day in before.values())
        for _ in range(20):
            something(dice, shop, follower)
        follower.run([*PULLS[1:], *CHANGES])
        follower.run(["daily_sales"], LAST, LAST)  # and the days that changed, today among them
        after = reported(folder / "store.duckdb")
        assert after != before
        assert found(follower) == after
