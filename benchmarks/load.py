"""A bulk file of a million orders into typed staging tables, beside DuckDB reading the same file.

Fetching the file is not measured here; `peers.py` does.
"""

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.report import Table, spread
from nerdx_pipelines.assets.shopify import replace_orders
from nerdx_pipelines.sql import literal
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.records import Raw, load, reader

ORDERS = 1_000_000

# As a bulk operation writes them: 2.5 lines an order, every 20th refunded, every 50th cancelled.
RECORDS = """
COPY (
    WITH orders AS (
        SELECT
            i, 5000000000000 + i * 7919 AS id,
            strftime(TIMESTAMP '2024-01-01' + to_seconds(i * 94), '%Y-%m-%dT%H:%M:%SZ') AS moment
        FROM range({orders}) t(i)
    ),
    lines AS (
        SELECT i, k, id AS order_id, 14000000000000 + (i * 5 + k) * 31 AS id
        FROM orders, range(4) s(k)
        WHERE k < 1 + (i * 7919) % 4
    )
    SELECT line FROM (
        SELECT i, 0 AS k, json_object(
            'id', 'gid://shopify/Order/' || id, 'name', '#' || i,
            'customer', CASE WHEN i % 8 > 0 THEN
                json_object('id', 'gid://shopify/Customer/' || (7000000 + i % 200000)) END,
            'sourceName', 'web', 'processedAt', moment, 'createdAt', moment,
            'updatedAt', moment, 'cancelledAt', CASE WHEN i % 50 = 0 THEN moment END,
            'cancelReason', NULL,
            'displayFinancialStatus', 'PAID', 'test', false, 'currencyCode', 'EUR',
            'presentmentCurrencyCode', 'EUR', 'taxesIncluded', false,
            'totalPriceSet', json_object('shopMoney', json_object(
                'amount', (i % 300 + 0.5)::VARCHAR, 'currencyCode', 'EUR')),
            'refunds', CASE WHEN i % 20 = 0 THEN json_array(json_object(
                'id', 'gid://shopify/Refund/' || (900000 + i), 'createdAt', moment,
                'totalRefundedSet', json_object('shopMoney', json_object('amount', '5.0'))))
                ELSE json_array() END,
            'customerJourneySummary', json_object('ready', true)) AS line
        FROM orders
        UNION ALL
        SELECT i, k + 1, json_object(
            'id', 'gid://shopify/LineItem/' || id, 'title', 'Product number ' || (id % 5000),
            'sku', 'SKU-' || (id % 5000), 'quantity', 1 + id % 3, 'currentQuantity', 1 + id % 3,
            'isGiftCard', false,
            'product', json_object('id', 'gid://shopify/Product/' || (800000 + id % 5000)),
            'variant', json_object('id', 'gid://shopify/ProductVariant/' || (810000 + id % 5000)),
            'originalUnitPriceSet', json_object('shopMoney', json_object(
                'amount', (10 + id % 90 + 0.99)::VARCHAR)),
            'discountAllocations', CASE WHEN id % 4 = 0 THEN json_array(json_object(
                'allocatedAmountSet', json_object('shopMoney', json_object('amount', '1.5'))))
                ELSE json_array() END,
            'taxLines', json_array(), '__parentId', 'gid://shopify/Order/' || order_id)
        FROM lines
    )
    ORDER BY i, k
) TO {file} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')
"""
REFUND_LINES = """
COPY (
    SELECT json_object(
        'id', 'gid://shopify/RefundLineItem/' || i,
        'lineItem', json_object('id', 'gid://shopify/LineItem/' || (14000000000000 + i * 5 * 31)),
        'quantity', 1,
        'subtotalSet', json_object('shopMoney', json_object('amount', '5.0')),
        'totalTaxSet', json_object('shopMoney', json_object('amount', '0.0')),
        '__parentId', 'gid://shopify/Refund/' || (900000 + i))
    FROM range(0, {orders}, 20) t(i)
) TO {file} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')
"""


@dataclass(frozen=True)
class Cost:
    """What one way of loading the file took: seconds, processor seconds, peak memory in bytes."""

    wall_s: float
    cpu_s: float
    peak: int


def run(repeat: int) -> list[Table]:
    """Each way `repeat` times, in turn, each in a process of its own."""
    ways: dict[str, Callable[[Path], None]] = {
        "DuckDB, types given": _bare,
        "DuckDB, types guessed": _guessed,
        "staging": _staging,
    }
    with TemporaryDirectory(prefix="nerdx-load-") as folder:
        raw = Path(folder)
        _write(raw)
        size = (raw / "orders.jsonl").stat().st_size / 2**20
        costs: dict[str, list[Cost]] = {name: [] for name in ways}
        for _ in range(repeat):
            for name, way in ways.items():
                costs[name].append(_measured(way, raw))
    base = median(cost.cpu_s for cost in costs["DuckDB, types given"])
    rows = [
        [
            name,
            spread([cost.wall_s for cost in found], "s"),
            spread([cost.cpu_s for cost in found], "s"),
            f"{median(cost.cpu_s for cost in found) / base:.2f}",
            f"{max(cost.peak for cost in found) / 2**30:.2f} GiB",
        ]
        for name, found in costs.items()
    ]
    return [
        Table(
            f"{ORDERS:,} orders from a bulk file",
            f"A file of {size:,.0f} MiB, with 2.5 lines an order. DuckDB writes what `read_json` "
            "gives, as one table; staging are typed tables of orders, lines, refunds and refund "
            "lines, checked, without duplicates, newest versions only, ordered by day. Processor "
            "time is told from wall clock, since the machine is shared.",
            ["", "wall clock", "processor", "ratio (processor)", "peak memory"],
            rows,
        )
    ]


def _measured(way: Callable[[Path], None], raw: Path) -> Cost:
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(way, raw, sending))
    process.start()
    cost: Cost = receiving.recv()
    process.join()
    return cost


def _child(way: Callable[[Path], None], raw: Path, sending: object) -> None:
    with TemporaryDirectory(dir=raw) as folder:
        os.chdir(folder)
        wall, cpu = time.monotonic(), time.process_time()
        way(raw)
        cost = Cost(time.monotonic() - wall, time.process_time() - cpu, _peak())
    sending.send(cost)


def _peak() -> int:
    # Not ru_maxrss: a child begins with its parent's.
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(peak) * 1024


def _write(raw: Path) -> None:
    with duckdb.connect() as con:
        for name, statement in (("orders", RECORDS), ("refund_lines", REFUND_LINES)):
            con.execute(statement.format(orders=ORDERS, file=literal(raw / f"{name}.jsonl")))


def _bare(raw: Path) -> None:
    with duckdb.connect("bare.duckdb") as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"CREATE TABLE t AS {reader(Raw('order', raw / 'orders.jsonl'))}")


def _guessed(raw: Path) -> None:
    with duckdb.connect("guessed.duckdb") as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"CREATE TABLE t AS FROM read_json({literal(raw / 'orders.jsonl')})")


def _staging(raw: Path) -> None:
    files = [Raw("order", raw / "orders.jsonl"), Raw("refund_line", raw / "refund_lines.jsonl")]
    days = {"first_day": date(2024, 1, 1), "last_day": date(2027, 12, 31)}
    load(
        Warehouse(Path("warehouse.duckdb"), "Europe/Berlin"),
        files,
        lambda con: replace_orders(con, pulled_at=datetime.now(UTC), since=None, **days),
    )
