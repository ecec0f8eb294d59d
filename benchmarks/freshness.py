"""From a buyer's order to the published figure, with every part running by itself.

The parts are those of `tests/e2e/live.py`; nothing of the pipeline is called from here.
"""

import random
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from benchmarks.report import Table
from nerdx_pipelines.automation import INGEST_WEBHOOKS
from tests.e2e.live import BUYER, LAMP, Live, living

ORDERS = 20  # each waits for its figure before the next one is placed
PATIENCE = 300.0
GOAL = {"median": 15.0, "95th percentile": 30.0}
SEGMENT_S = 2.0  # the age at which the receiver closes one


def run(repeat: int) -> list[Table]:
    """Latency of ORDERS orders, `repeat` times as many, and what a median one waits for."""
    with TemporaryDirectory(prefix="nerdx-freshness-") as folder, living(Path(folder)) as live:
        variant = live.rest(f"products/{LAMP}.json")["product"]["variants"][0]["id"]
        with live.dagster():
            _order(live, variant)  # the daemon starts
            waits = [_order(live, variant) for _ in range(ORDERS * repeat)]
        parts = _parts(live)
    whole = [end - begin for begin, end in waits]
    split = [each for each in (_split(begin, end, parts) for begin, end in waits) if each]
    tail = quantiles(whole, n=20)[-1]
    return [
        Table(
            "From an order to its figure",
            f"{len(whole)} orders, one after the other, each until its row of `daily_sales` is in "
            "`kpi.duckdb`: store, signed webhook, receiver, sensor, run, published file.",
            ["", "seconds", "goal", "reached"],
            [
                _row("median", median(whole)),
                _row("95th percentile", tail),
                ["fastest", f"{min(whole):.1f}", "", ""],
                ["slowest", f"{max(whole):.1f}", "", ""],
            ],
        ),
        Table(
            "What an order waits for",
            "Medians of the same orders. A segment is closed when it is "
            f"{SEGMENT_S:.0f} s old; Dagster looks at sensors every 5 s; a run is a process, "
            "which has to import Dagster and the project.",
            ["", "seconds"],
            [
                [name, f"{median(each[i] for each in split):.1f}"]
                for i, name in enumerate(
                    (
                        "until its segment is seen and a run asked for",
                        "until the run works",
                        "until the figures are published",
                    )
                )
            ],
        ),
    ]


def _row(name: str, seconds: float) -> list[str]:
    return [name, f"{seconds:.1f}", f"{GOAL[name]:.0f}", "yes" if seconds <= GOAL[name] else "no"]


def _order(live: Live, variant: int) -> tuple[float, float]:
    """When an order was placed, and when its figure was there."""
    time.sleep(random.uniform(0, 5))  # at any moment of the daemon's beat
    sold = _sold(live)
    begin = time.time()
    lines = [{"variant_id": variant, "quantity": 1}]
    live.change("place_order", lines=lines, customer_id=BUYER)
    live.until(lambda: _sold(live), sold + 1, PATIENCE)
    return begin, time.time()


def _sold(live: Live) -> int:
    today = datetime.now(UTC).date()
    found = live.kpi(f"SELECT orders FROM daily_sales WHERE day = DATE '{today}'")
    return int(found[0][0]) if found else 0


Part = tuple[float, float]


def _parts(live: Live) -> list[Part]:
    """When each ingest was asked for, and when it began to work."""
    return [
        (record.create_timestamp.timestamp(), record.start_time)
        for record in live.runs(INGEST_WEBHOOKS)
        if record.start_time
    ]


def _split(begin: float, end: float, parts: list[Part]) -> tuple[float, float, float] | None:
    """The seconds of an order in each stage; None if no run of its own is known."""
    for asked, started in parts:
        if begin < asked < end:
            return asked - begin, started - asked, end - started
    return None
