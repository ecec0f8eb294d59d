"""tap-shopify, Singer's tap: pages of products and customers, orders by a bulk operation."""

import json
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks.strangers.store import Store
from benchmarks.strangers.tap import TIMEOUT_S, command

Records = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def records(
    store: Store, installed: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Records:
    """What the tap wrote of each stream."""
    installed("tap-shopify")
    streams = dict.fromkeys(("orders", "products", "customers"))
    tap = command(store, tmp_path_factory.mktemp("tap"), streams, since="2020-01-01")
    written = subprocess.run(tap, env=store.env, capture_output=True, timeout=TIMEOUT_S)
    assert written.returncode == 0, written.stderr.decode()[-2000:]
    found: Records = {stream: [] for stream in streams}
    for line in written.stdout.splitlines():
        message = json.loads(line, parse_float=Decimal)
        if message["type"] == "RECORD":
            found[message["stream"]].append(message["record"])
    return found


def test_products_are_the_stores(records: Records, truth: duckdb.DuckDBPyConnection) -> None:
    expected = truth.execute(
        "SELECT 'gid://shopify/Product/' || id, title, vendor, status FROM products ORDER BY id"
    ).fetchall()
    found = [
        (each["id"], each["title"], each["vendor"], each["status"]) for each in records["products"]
    ]
    assert sorted(found) == sorted(expected)


def test_customers_are_the_stores(records: Records, truth: duckdb.DuckDBPyConnection) -> None:
    expected = truth.execute(
        "SELECT 'gid://shopify/Customer/' || id, email, strftime(updated_at, '%Y-%m-%dT%H:%M:%S')"
        " FROM customers"
    ).fetchall()
    found = [(each["id"], each["email"], each["updatedAt"][:19]) for each in records["customers"]]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_orders_are_the_stores(records: Records, truth: duckdb.DuckDBPyConnection) -> None:
    expected = truth.execute(
        "SELECT 'gid://shopify/Order/' || id, name, test, total_price FROM orders"
    ).fetchall()
    found = [
        (
            each["id"],
            each["name"],
            each["test"],
            Decimal(str(each["totalPriceSet"]["shopMoney"]["amount"])),
        )
        for each in records["orders"]
    ]
    assert sorted(found) == sorted(expected)


def test_no_line_is_lost_though_the_tap_no_longer_knows_its_order(
    records: Records, truth: duckdb.DuckDBPyConnection
) -> None:
    """The tap takes a line to follow its order, which Shopify ended in 2026-01."""
    expected = truth.execute("SELECT 'gid://shopify/LineItem/' || id FROM line_items").fetchall()
    found = [line["id"] for order in records["orders"] for line in order["lineItems"]]
    assert sorted(found) == sorted(gid for (gid,) in expected)
    assert len([order for order in records["orders"] if order["lineItems"]]) < len(
        records["orders"]
    )
