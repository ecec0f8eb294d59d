"""A year's credits beside the bare join and sort of the same rows, and one late view among them.

The bare statement is what anybody would write to see each line's eligible touches in order, and
stores them as a table of the same file; ours stores credits in their place.
"""

import multiprocessing
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb

from benchmarks.attribution_shop import FIRST, LAST, make_shop
from benchmarks.load import _peak
from benchmarks.report import Table, spread
from nerdx_pipelines.warehouse.credits import Kind, make_credits, make_ledger
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.database import run as run_statement
from nerdx_pipelines.warehouse.days import DayRange, ToDo, in_transactions

RULES = {"window_days": 7, "widest_window": 7, "half_life_days": 7.0, "collapse": "consecutive"}
KINDS = [Kind(7, "all")]
DAY_AFTER = LAST + timedelta(days=1)  # on which nothing was sold
BARE = """
CREATE OR REPLACE TABLE attribution.bare AS
SELECT lines.line_id, lines.net_revenue, touches.content_id, touches.event_id,
    touches.touch_type, touches.touched_at
FROM staging.live_lines AS lines
INNER JOIN staging.touches
    ON
        lines.customer_id = touches.user_id
        AND touches.touched_at > lines.processed_at - INTERVAL 168 HOURS
        AND touches.touched_at <= lines.processed_at
SEMI JOIN staging.content_products AS features
    ON
        touches.content_id = features.content_id AND lines.product_id = features.product_id
        AND touches.touched_at >= coalesce(features.valid_from, '-infinity'::TIMESTAMPTZ)
        AND touches.touched_at < coalesce(features.valid_to, 'infinity'::TIMESTAMPTZ)
ORDER BY
    lines.line_id, touches.touched_at, touches.touch_type = 'click', touches.content_id,
    touches.event_id
"""
LATE_VIEW = """
INSERT INTO staging.touches BY NAME
SELECT
    'late' AS event_id, orders.customer_id AS user_id, features.content_id, 'view' AS touch_type,
    orders.processed_at - INTERVAL 1 HOUR AS touched_at, now() AS ingested_at,
    shop_day(touched_at) AS touch_day, 'events' AS source
FROM staging.orders
INNER JOIN staging.order_lines AS lines USING (order_id)
INNER JOIN staging.content_products AS features USING (product_id)
WHERE orders.order_day = '2025-06-15'
ORDER BY orders.order_id, features.content_id
LIMIT 1;
CREATE TEMP TABLE moved AS
SELECT user_id, touched_at FROM staging.touches WHERE event_id = 'late';
"""
Way = Callable[[Warehouse], None]


@dataclass
class Costs:
    """What a way took each time: seconds, processor seconds, bytes; and what it left, counted."""

    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    peak: list[int] = field(default_factory=list)
    rows: int = 0


def run(repeat: int) -> list[Table]:
    """Each way `repeat` times, in turn, each in a process and on a copy of its own."""
    ways: dict[str, tuple[Way, str]] = {
        "bare join and sort": (_bare, "attribution.bare"),
        "credits of seven models": (_ledger, "attribution.line_credits"),
        "the same, paths and placebo": (_all, "attribution.line_credits"),
    }
    found = {name: Costs() for name in ways}
    late = Costs()
    with TemporaryDirectory(prefix="nerdx-attribution-") as folder:
        shop = make_shop(Path(folder) / "shop.duckdb")
        for _ in range(repeat):
            for name, (way, table) in ways.items():
                made = Path(folder) / "made.duckdb"
                shutil.copyfile(shop.path, made)
                _measure(way, table, made, found[name])
            _measure(_late, "staging.changes_seen", made, late)  # on what the last way left
    base = found["bare join and sort"]
    full = median(found["the same, paths and placebo"].wall_s)
    one = median(late.wall_s)
    return [
        Table(
            f"Credits of {shop.orders:,} orders and {shop.touches:,} touches",
            f"{shop.lines:,} lines, of which {base.rows:,} pairs with a touch can earn; a year in "
            "one DuckDB file, 2 GB of memory allowed to each connection. The bare statement joins "
            "lines to their eligible touches and stores them sorted. Ours stores what seven "
            "models give, in parts of a range as a run does. Ratios are of processor time; the "
            "goals are 3.00 and 4 GiB.",
            ["", "wall clock", "processor", "ratio", "peak memory", "rows stored"],
            [_row(name, costs, base) for name, costs in found.items()],
        ),
        Table(
            "One late view",
            "A view that arrives months late, for a purchase of its customer: the days it touches "
            "are found and made again, in a process that has just started. The goal is 1/50 of "
            "the whole year.",
            ["", "wall clock", "of the year"],
            [
                ["the whole year", f"{full:.2f} s", "1"],
                ["one late view", spread(late.wall_s, "s"), f"1/{full / one:.0f}"],
            ],
        ),
    ]


def _row(name: str, costs: Costs, base: Costs) -> list[str]:
    ratio = median(costs.cpu_s) / median(base.cpu_s)
    peak = f"{max(costs.peak) / 2**30:.2f} GiB"
    times = [spread(costs.wall_s, "s"), spread(costs.cpu_s, "s")]
    return [name, *times, f"{ratio:.2f}", peak, f"{costs.rows:,}"]


def _measure(way: Way, table: str, path: Path, costs: Costs) -> None:
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(way, path, sending))
    process.start()
    wall_s, cpu_s, peak = receiving.recv()
    process.join()
    costs.wall_s.append(wall_s)
    costs.cpu_s.append(cpu_s)
    costs.peak.append(peak)
    with duckdb.connect(path, read_only=True) as con:
        ((costs.rows,),) = con.execute(f"SELECT count(*) FROM {table}").fetchall()


def _child(way: Way, path: Path, sending: object) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # DuckDB draws its progress there
    warehouse = Warehouse(path)
    with warehouse.write() as con:  # what a process pays once, whatever it does
        con.execute("SELECT $1", [1])
    wall, cpu = time.monotonic(), time.process_time()
    way(warehouse)
    sending.send((time.monotonic() - wall, time.process_time() - cpu, _peak()))


def _bare(warehouse: Warehouse) -> None:
    with warehouse.write() as con:
        con.execute(BARE)


def _ledger(warehouse: Warehouse) -> None:
    _make(warehouse, make_ledger)


def _all(warehouse: Warehouse) -> None:
    _make(warehouse, make_credits)


def _late(warehouse: Warehouse) -> None:
    with warehouse.write() as con:
        con.execute(LATE_VIEW)
        run_statement(con, "staging/touches_moved", cause="event", window_days=7)
    _make(warehouse, make_credits, DAY_AFTER, DAY_AFTER)


def _make(
    warehouse: Warehouse, make: Callable[..., None], first: date = FIRST, last: date = LAST
) -> None:
    """As the asset does: the days and those that have changed, in parts."""
    about = DayRange("attribution_credits", first, last)

    def plan(con: duckdb.DuckDBPyConnection) -> list[list[date]]:
        return ToDo.of(con, about, warehouse.rows_at_once).parts

    def work(con: duckdb.DuckDBPyConnection, days: list[date], is_last: bool) -> None:
        run_statement(con, "days/part", part=days)
        make(con, KINDS, **RULES)
        if is_last:
            run_statement(con, "days/done", consumer=about.asset, consumers=1)

    in_transactions(warehouse, plan, work)
