"""Four run workers that write single days into one warehouse while an analyst reads: who waits?

Beside them four processes that open the DuckDB file themselves, as most projects do.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from multiprocessing.queues import Queue
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import dagster as dg
import duckdb

from benchmarks.measure import BenchmarkError
from benchmarks.pulled import definitions, environment
from benchmarks.raw_files import Shop
from benchmarks.report import Table
from benchmarks.years import workspace
from nerdx_pipelines.query import cells
from nerdx_pipelines.settings import load_settings
from nerdx_pipelines.warehouse import database

WORKERS, POLL_S = 4, 0.3
ORDERS_A_DAY = 100
# Enough turns to see who waits; two years at a run a day take most of an hour each time.
DAYS = int(os.environ.get("NERDX_BENCH_DAYS") or 48)
PUBLISHED_EVERY = 4  # days that a worker has made
QUESTIONS = (
    "SELECT sum(net_sales) FROM kpi.daily_sales",
    "SELECT count(*), sum(net_revenue) FROM staging.order_lines",
)
PLAIN = """
CREATE TABLE IF NOT EXISTS lines (day DATE, line_id BIGINT, amount DECIMAL(18, 4));
DELETE FROM lines WHERE day = $day;
INSERT INTO lines SELECT $day, i, i % 100 FROM range(2500) t(i);
"""

_spawn = multiprocessing.get_context("spawn")


@dataclass
class Told:
    """What the processes met: seconds of each write and wait for one's turn, reads, errors."""

    waits: list[float] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failed_reads: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run(repeat: int) -> list[Table]:
    """All days once by each way; with `repeat` > 1 the figures of all repetitions together."""
    shop = Shop(DAYS * ORDERS_A_DAY, DAYS)
    ours, plain = [], []
    with workspace() as folder:
        files = folder / "files"
        shop.write(files)
        for day in _days(shop):
            shop.write_orders(files / "orders", day, day)
        for number in range(repeat):
            ours.append(_in_parallel(_write_days, _read, (shop, files, folder / f"data-{number}")))
            plain.append(
                _in_parallel(_write_plainly, _read_plainly, (shop, files, folder / f"p-{number}"))
            )
    header = ("", "failed writes", "days a second", "waited for a turn: p50", "p95", "max")
    rows = [
        [name, *_writes(DAYS, found), *_reads(found)]
        for name, found in (("ours", ours), ("plain `duckdb.connect`", plain))
    ]
    return [
        Table(
            f"{WORKERS} workers x {DAYS} single-partition writes, and a reader",
            f"Each worker runs every {WORKERS}th day of {shop.orders:,} orders: staging of orders "
            "and touches, credits, KPIs by day, by the project's own assets in runs of Dagster, "
            f"and publishes after {PUBLISHED_EVERY} of them. An analyst asks every {POLL_S} s, as "
            "`nerdx query` does, of the published KPIs and of staging. Plain connections replace "
            "2,500 rows a day; one that fails is not tried again.",
            (*header, "failed reads", "reads", "read: p50", "p99"),
            rows,
        )
    ]


def _in_parallel(write: Callable[..., None], read: Callable[..., None], about: Any) -> Told:
    about[2].mkdir()
    answers: Queue[Told] = _spawn.Queue()
    over = _spawn.Event()
    writers = [_spawn.Process(target=write, args=(*about, n, answers)) for n in range(WORKERS)]
    reader = _spawn.Process(target=read, args=(*about, over, answers))
    start = time.perf_counter()
    for process in (*writers, reader):
        process.start()
    told = [_answer(answers, [*writers, reader]) for _ in writers]
    seconds = time.perf_counter() - start
    over.set()
    told.append(_answer(answers, [reader]))
    for process in (*writers, reader):
        process.join()
    return Told(
        [wait for each in told for wait in each.waits],
        [each for one in told for each in one.reads],
        [each for one in told for each in one.errors],
        [each for one in told for each in one.failed_reads],
        seconds,
    )


def _answer(answers: "Queue[Told]", processes: Sequence[Any]) -> Told:
    while answers.empty():
        if any(process.exitcode for process in processes):
            raise BenchmarkError("A process ended without telling what it met; its log is above.")
        time.sleep(0.05)
    return answers.get()


def _write_days(
    shop: Shop, files: Path, data_dir: Path, number: int, answers: "Queue[Told]"
) -> None:
    _be_quiet(data_dir / f"worker-{number}.log")
    os.environ |= environment(shop, files, data_dir)
    told = Told()
    database.locked = _timed(database.locked, told.waits)
    project = definitions()
    if number == 0:
        _run(project, "whole", None)
    else:  # the catalogue comes first
        while not (data_dir / "ready").exists():
            time.sleep(0.05)
    (data_dir / "ready").touch()
    for made, day in enumerate(_days(shop)[number::WORKERS], 1):
        try:
            _run(project, "writes", day)
            if made % PUBLISHED_EVERY == 0:
                _run(project, "publication", None)
        except Exception as error:
            told.errors.append(str(error))
    answers.put(told)


def _run(project: dg.Definitions, job: str, day: date | None) -> None:
    key = day.isoformat() if day else None
    project.resolve_job_def(job).execute_in_process(partition_key=key)


def _timed(locked: Any, waits: list[float]) -> Any:
    """`locked`, with the seconds until the lock was had kept in `waits`."""

    @contextmanager
    def timed(*given: Any) -> Iterator[None]:
        start = time.perf_counter()
        with locked(*given):
            waits.append(time.perf_counter() - start)
            yield

    return timed


def _read(shop: Shop, files: Path, data_dir: Path, over: Any, answers: "Queue[Told]") -> None:
    os.environ |= environment(shop, files, data_dir)
    settings, told = load_settings(), Told()
    while not over.is_set():
        for question in QUESTIONS:
            if "kpi." in question and not settings.kpi_path.exists():
                continue
            if not (data_dir / "ready").exists():
                continue
            start = time.perf_counter()
            try:
                cells(settings, question)
                told.reads.append(time.perf_counter() - start)
            except Exception as error:
                told.failed_reads.append(str(error))
        time.sleep(POLL_S)
    answers.put(told)


def _write_plainly(
    shop: Shop, files: Path, data_dir: Path, number: int, answers: "Queue[Told]"
) -> None:
    told = Told()
    for day in _days(shop)[number::WORKERS]:
        start = time.perf_counter()
        try:
            with duckdb.connect(data_dir / "plain.duckdb") as con:
                told.waits.append(time.perf_counter() - start)
                con.execute("BEGIN")
                for statement in PLAIN.strip().split(";\n"):
                    named = statement.replace("$day", f"DATE '{day}'")
                    con.execute(named)
                con.execute("COMMIT")
        except duckdb.Error as error:
            told.errors.append(str(error))
    answers.put(told)


def _read_plainly(
    shop: Shop, files: Path, data_dir: Path, over: Any, answers: "Queue[Told]"
) -> None:
    told = Told()
    while not over.is_set():
        start = time.perf_counter()
        try:
            with duckdb.connect(data_dir / "plain.duckdb", read_only=True) as con:
                con.execute("SELECT count(*), sum(amount) FROM lines").fetchall()
            told.reads.append(time.perf_counter() - start)
        except duckdb.Error as error:
            told.failed_reads.append(str(error))
        time.sleep(POLL_S / 10)  # they are done soon
    answers.put(told)


def _be_quiet(log: Path) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT)
    os.dup2(handle, 1)
    os.dup2(handle, 2)


def _days(shop: Shop) -> list[date]:
    return [date.fromordinal(shop.first.toordinal() + number) for number in range(shop.days)]


def _writes(days: int, found: Sequence[Told]) -> list[str]:
    waits = [wait for told in found for wait in told.waits]
    failed = sum(len(told.errors) for told in found)
    a_second = days * len(found) / sum(told.seconds for told in found)
    return [f"{failed} of {days * len(found)}", f"{a_second:.2f}", *_spread(waits, 95), _max(waits)]


def _reads(found: Sequence[Told]) -> list[str]:
    reads = [read for told in found for read in told.reads]
    failed = sum(len(told.failed_reads) for told in found)
    return [str(failed), str(len(reads)), *_spread(reads, 99)]


def _spread(values: Sequence[float], percent: int) -> list[str]:
    if len(values) < 2:
        return ["", ""]
    high = quantiles(values, n=100, method="inclusive")[percent - 1]
    return [f"{median(values) * 1000:,.0f} ms", f"{high * 1000:,.0f} ms"]


def _max(values: Sequence[float]) -> str:
    return f"{max(values) * 1000:,.0f} ms" if values else ""
