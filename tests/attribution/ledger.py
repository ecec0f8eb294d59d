"""Facts put into a warehouse, credits made of them by the real statements, and read back."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.credits import Kind, make_credits
from nerdx_pipelines.warehouse.database import run
from tests.attribution.reference import Credit, Line, Rules, Touch

T0 = datetime(2026, 3, 10, 12, tzinfo=UTC)
BY_DEFAULT = Rules()
CURRENCIES = {0: "JPY", 2: "EUR", 3: "KWD"}
ALL_DAYS = [(T0.date() - timedelta(30), T0.date() + timedelta(30))]
FACTS = ("orders", "order_lines", "refunds", "refund_lines", "touches", "content_products")
INVARIANTS = (
    "credits_sum_to_net",
    "revenue_adds_up",
    "credits_unique",
    "credits_follow_net",
    "single_content_gets_all",
    "credits_of_features",
    "attributed_within_net",
    "reversals_add_up",
)


def at(days: float) -> datetime:
    return T0 + timedelta(days=days)


def store(con: duckdb.DuckDBPyConnection, lines, touches, features) -> None:
    """Make these the only facts, each line an order of its own unless lines share an order_id."""
    for table in FACTS:
        con.execute(f"DELETE FROM staging.{table}")
    con.execute("DELETE FROM attribution.line_credits; DELETE FROM attribution.reversals")
    orders = {line.order_id: line for line in lines}
    _insert(con, "orders", [_order(line) for line in orders.values()])
    _insert(con, "order_lines", [_line(line) for line in lines])
    refunds = [(line, *refund) for line in lines for refund in line.refunds]
    _insert(con, "refunds", [_refund(*refund) for refund in refunds])
    _insert(con, "refund_lines", [_refund_line(*refund) for refund in refunds])
    _insert(con, "touches", [_touch(touch) for touch in touches])
    _insert(con, "content_products", [vars(feature) for feature in features])


def make(
    con: duckdb.DuckDBPyConnection,
    rules: Rules = BY_DEFAULT,
    days: Iterable[tuple[date, date]] = (),
    kinds: Iterable[Kind] = (),
) -> None:
    """Make the credits of the days, a transaction's work for each range; by `rules`, and `kinds`"""
    kinds = [Kind(rules.window_days, rules.touch_policy), *kinds]
    variables = {
        "window_days": rules.window_days,
        "widest_window": max(kind.window_days for kind in kinds),
        "half_life_days": rules.half_life_days,
        "collapse": rules.collapse,
    }
    for first, last in days or ALL_DAYS:
        run(con, "days/part", part=[first + timedelta(i) for i in range((last - first).days + 1)])
        make_credits(con, kinds, **variables)


def read(con: duckdb.DuckDBPyConnection, rules: Rules = BY_DEFAULT) -> dict[int, dict]:
    """{line_id: {(model, content_id): Credit}} of the credits of that kind."""
    found: dict[int, dict] = {}
    for line_id, model, content, *values in con.execute(
        "SELECT line_id, model, content_id, credit, share, view_through, click_through"
        " FROM attribution.credits WHERE window_days = $1 AND touch_policy = $2",
        [rules.window_days, rules.touch_policy],
    ).fetchall():
        of_line = found.setdefault(line_id, {})
        assert (model, content) not in of_line
        of_line[model, content] = Credit(*values)
    return found


def read_reversals(con: duckdb.DuckDBPyConnection, rules: Rules = BY_DEFAULT) -> dict[int, dict]:
    """{line_id: {(refund_id or None, model, content_id): amount}} of that kind."""
    found: dict[int, dict[tuple[int | None, str, str], Decimal]] = {}
    for line_id, refund_id, model, content, amount in con.execute(
        "SELECT line_id, refund_id, model, content_id, amount FROM attribution.reversals"
        " WHERE window_days = $1 AND touch_policy = $2",
        [rules.window_days, rules.touch_policy],
    ).fetchall():
        of_line = found.setdefault(line_id, {})
        assert (refund_id, model, content) not in of_line
        of_line[refund_id, model, content] = amount
    return found


def broken_invariants(con: duckdb.DuckDBPyConnection) -> list[Any]:
    """What the asset checks would find."""
    return [(name, row) for name in INVARIANTS for row in con.sql(sql(f"checks/{name}")).fetchall()]


def _insert(con, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = ", ".join(rows[0])
        marks = ", ".join(f"${i + 1}" for i in range(len(rows[0])))
        con.executemany(
            f"INSERT INTO staging.{table} ({names}) VALUES ({marks})",
            [list(row.values()) for row in rows],
        )


def _order(line: Line) -> dict[str, Any]:
    return {
        "order_id": line.order_id,
        "customer_id": line.customer_id,
        "processed_at": line.processed_at,
        "cancelled_at": line.cancelled_at,
        "test": False,
        "currency": CURRENCIES[line.digits],
        "order_day": line.processed_at.date(),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "line_id": line.line_id,
        "order_id": line.order_id,
        "product_id": line.product_id,
        "quantity": 1,
        "returned_quantity": 0,
        "gross_sales": line.sold,
        "discounts": 0,
        "returns": sum(amount for _, _, amount in line.refunds),
        "net_revenue": 0 if line.cancelled_at else line.net_revenue,
        "is_gift_card": False,
        "order_day": line.processed_at.date(),
    }


def _refund(line: Line, refund_id: int, created_at: datetime, amount: Decimal) -> dict[str, Any]:
    about = {"refund_id": refund_id, "order_id": line.order_id, "created_at": created_at}
    return {**about, "amount": amount, "order_day": line.processed_at.date()}


def _refund_line(line: Line, refund_id: int, _: datetime, amount: Decimal) -> dict[str, Any]:
    about = {"refund_id": refund_id, "order_id": line.order_id, "line_id": line.line_id}
    return {**about, "quantity": 0, "amount": amount, "order_day": line.processed_at.date()}


def _touch(touch: Touch) -> dict[str, Any]:
    return {**vars(touch), "ingested_at": touch.touched_at, "touch_day": touch.touched_at.date()}
