"""A bulk file of a million orders into typed staging tables, beside DuckDB reading the same file.

Fetching the file is not measured here; `peers.py` does.
"""

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.raw_files import Shop
from benchmarks.report import Table, spread
from nerdx_pipelines.assets.shopify import replace_orders
from nerdx_pipelines.sql import literal
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.records import Raw, load, reader

SHOP = Shop(1_000_000)


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
        orders, returned = SHOP.write_orders(raw, SHOP.first, SHOP.last)
        size = orders.rename(raw / "orders.jsonl").stat().st_size / 2**20
        returned.rename(raw / "refund_lines.jsonl")
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
            f"{SHOP.orders:,} orders from a bulk file",
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
    days = {"first_day": SHOP.first, "last_day": SHOP.last}
    load(
        Warehouse(Path("warehouse.duckdb"), SHOP.timezone),
        files,
        lambda con: replace_orders(con, pulled_at=datetime.now(UTC), since=None, **days),
    )
