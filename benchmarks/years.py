"""Two years of orders from files already pulled: one run of Dagster, beside SQL on its own.

And beside Dagster's default, a run a partition: some days are run, and the rest is reckoned.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import dagster as dg
import duckdb

from benchmarks import measure
from benchmarks.measure import BenchmarkError, Measured
from benchmarks.pulled import EXECUTOR, environment
from benchmarks.raw_files import TOUCHES_AN_ORDER, Shop
from benchmarks.report import PROJECT, Table, spread
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.refresh import EVENTS
from nerdx_pipelines.sql import literal

ORDERS = int(os.environ.get("NERDX_BENCH_ORDERS") or 1_000_000)
SAMPLE = 4  # days that are run one by one
TIMEOUT_S = 4 * 3600.0
CREDITS = ("attribution",)
STAGING = ("shopify", "content_catalog", "touches", "journey")
PHASES = ("staging", "credits", "KPIs", "checks", "publication")


@dataclass(frozen=True)
class Run:
    """What a run took as a process, and the seconds of its phases."""

    measured: Measured
    phases: dict[str, float]


def run(repeat: int) -> list[Table]:
    """The range `repeat` times both ways, in turn; then some days one by one."""
    shop = Shop(ORDERS)
    with workspace() as folder:
        files = folder / "files"
        shop.write(files)
        ranges, bare = [], []
        for _ in range(repeat):
            bare.append(bare_sql(shop, files, folder / "bare"))
            shutil.rmtree(folder / "bare")
            shutil.rmtree(folder / "range", ignore_errors=True)
            ranges.append(one_run(shop, files, folder / "range"))
        own = one_by_one(shop, files, folder / "range", "ours")
        default = one_by_one(shop, files, folder / "range", "default")
    return [_beside_sql(shop, ranges, bare), _by_partition(shop, ranges, own, default)]


@contextmanager
def workspace() -> Iterator[Path]:
    """A folder on the disk of the project: those of /tmp may be memory."""
    cache = PROJECT / ".cache"
    cache.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="years-", dir=cache) as place:
        yield Path(place)


def one_run(shop: Shop, files: Path, data_dir: Path) -> Run:
    """All days in one run of Dagster, with all checks, in an instance on disk."""
    arguments = ["-m", "benchmarks.pulled", str(shop.first), str(shop.last)]
    measured = _process(arguments, shop, files, data_dir)
    steps: dict[str, float] = json.loads((data_dir / "steps.json").read_text(encoding="utf-8"))
    phases = dict.fromkeys(PHASES, 0.0)
    checks = _checks()
    for step, seconds in steps.items():
        phases["checks" if step in checks else _phase(step)] += seconds
    return Run(measured, phases)


def bare_sql(shop: Shop, files: Path, data_dir: Path) -> Run:
    """The same statements on one connection."""
    measured = _process(["-m", "benchmarks.bare_sql", shop.text, str(files)], shop, files, data_dir)
    phases = json.loads((data_dir / "phases.json").read_text(encoding="utf-8"))
    return Run(measured, dict.fromkeys(PHASES, 0.0) | phases)


def one_by_one(shop: Shop, files: Path, data_dir: Path, way: str) -> float:
    """Seconds a day, of some days that are a run each; `ours` or `default` is how Dagster is set.

    In the warehouse of a run of all days, launched as a backfill and carried out by the daemon.
    """
    start = shop.first + timedelta(shop.days // 2)
    days = [start + timedelta(number) for number in range(SAMPLE)]
    alone = _files_of(shop, files, days, files.with_name(f"files-{way}"))
    home = data_dir / f"dagster-{way}"
    home.mkdir()
    variables = {**os.environ, **environment(shop, alone, data_dir), "DAGSTER_HOME": str(home)}
    if way == "ours":
        shutil.copyfile(PROJECT / "dagster.yaml", home / "dagster.yaml")
        variables |= EVENTS
    else:
        (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
        variables[EXECUTOR] = "default"
    os.environ["DAGSTER_HOME"] = str(home)  # which its dagster.yaml names
    with dg.DagsterInstance.from_config(str(home)):
        pass  # made before two processes at once would
    module = ["-m", "benchmarks.pulled"]
    names = ",".join(map(str, days))
    dagster = Path(sys.executable).with_name("dagster")
    log = (home / "log").open("wb")
    said = {"env": variables, "cwd": PROJECT, "stdout": log, "stderr": subprocess.STDOUT}
    daemon = subprocess.Popen([dagster.with_name("dagster-daemon"), "run", *module], **said)
    try:
        backfill = [dagster, "job", "backfill", *module, "-j", "days", "--partitions", names]
        subprocess.run([*backfill, "--noprompt"], check=True, **said)
        records = _finished(home, len(days))
    except (BenchmarkError, subprocess.CalledProcessError) as error:
        raise BenchmarkError(f"{error}\n{(home / 'log').read_text()[-3000:]}") from error
    finally:
        daemon.terminate()
        daemon.wait(30)
        log.close()
    began = min(record.start_time or 0.0 for record in records)
    return (max(record.end_time or 0.0 for record in records) - began) / len(days)


def _process(arguments: list[str], shop: Shop, files: Path, data_dir: Path) -> Measured:
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=data_dir.parent) as home:
        return measure.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            home=Path(home),
            env=environment(shop, files, data_dir),
            timeout_s=TIMEOUT_S,
        )


def _checks() -> set[str]:
    """The steps that are checks."""
    return {checks.node_def.name for checks in build_defs().asset_checks or ()}


def _phase(step: str) -> str:
    if step.startswith(STAGING):
        return "staging"
    if step.startswith(CREDITS):
        return "credits"
    return "publication" if step == "published_kpis" else "KPIs"


def _files_of(shop: Shop, files: Path, days: list[date], to: Path) -> Path:
    """The files of these days alone: of each its orders; and the touches of all of them."""
    for day in days:
        shop.write_orders(to / "orders", day, day)
    shutil.copytree(files / "content", to / "content")
    touches = literal(to / "content" / "touches.parquet")
    zone = literal(shop.timezone)
    with duckdb.connect() as con:
        con.execute(
            f"COPY (FROM read_parquet({literal(files / 'content' / 'touches.parquet')}) WHERE"
            f" (touched_at AT TIME ZONE {zone})::DATE BETWEEN '{days[0]}' AND '{days[-1]}')"
            f" TO {touches} (FORMAT parquet)"
        )
    return to


def _finished(home: Path, number: int) -> list[dg.RunRecord]:
    """The records of so many runs, when all have ended well."""
    deadline = time.monotonic() + TIMEOUT_S
    with dg.DagsterInstance.from_config(str(home)) as instance:
        while time.monotonic() < deadline:
            records = list(instance.get_run_records())
            if failed := [r for r in records if r.dagster_run.is_failure_or_canceled]:
                raise BenchmarkError(f"{len(failed)} of {number} runs of a day failed.")
            if sum(record.dagster_run.is_finished for record in records) == number:
                return records
            time.sleep(1)
    raise BenchmarkError(f"{number} runs of a day each did not end.")


def _beside_sql(shop: Shop, ranges: list[Run], bare: list[Run]) -> Table:
    def seconds(runs: list[Run], phase: str) -> float:
        return median(each.phases[phase] for each in runs)

    walls = [[each.measured.wall_s for each in runs] for runs in (ranges, bare)]
    ratio = median(walls[0]) / median(walls[1])
    rows = [["wall clock", *(spread(wall, "s") for wall in walls), f"{ratio:.2f}"]]
    for phase in PHASES:
        ours, theirs = seconds(ranges, phase), seconds(bare, phase)
        beside = [f"{theirs:,.1f} s", f"{ours / theirs:.2f}"] if theirs else ["", ""]
        rows.append([phase, f"{ours:,.1f} s", *beside])
    rest = [
        median(each.measured.wall_s - sum(each.phases.values()) for each in runs)
        for runs in (ranges, bare)
    ]
    rows.append(["start and the rest", *(f"{each:,.1f} s" for each in rest), ""])
    peaks = [max(each.measured.high_water for each in runs) for runs in (ranges, bare)]
    rows.append(["peak memory", *(f"{each / 2**30:.2f} GiB" for each in peaks), ""])
    return Table(
        f"{shop.days} days, {shop.orders:,} orders, from files to KPIs",
        f"{shop.orders * 2.5:,.0f} lines and {shop.orders * TOUCHES_AN_ORDER:,} touches. One run "
        "of Dagster with all its assets, checks and events of every day, in an instance on disk, "
        "each process from its start; the pull alone is left out: its files are there. Bare SQL "
        "are the same statements in one process on one connection, without Dagster, locks, "
        "checks, row counts, publication, or a bound on memory.",
        ["", "one run of Dagster", "bare SQL", "ratio"],
        rows,
    )


def _by_partition(shop: Shop, ranges: list[Run], own: float, default: float) -> Table:
    whole = median(each.measured.wall_s for each in ranges)
    rows = [["all days in one run", f"{whole / shop.days:.2f} s", f"{whole / 60:,.1f} min", "1"]]
    for name, a_day in (
        ("a run a day, our executor and event log", own),
        ("a run a day, Dagster's defaults", default),
    ):
        reckoned = a_day * shop.days
        rows.append(
            [name, f"{a_day:.2f} s", f"{reckoned / 60:,.0f} min", f"{reckoned / whole:,.0f}"]
        )
    return Table(
        "Beside a run a partition",
        f"{SAMPLE} days as a backfill of single partitions by the daemon, orders, touches, credits "
        "and KPIs by day with their checks, into the warehouse that has all days; from the start "
        f"of the first run to the end of the last. Of {shop.days} days extrapolated, not run. "
        "Dagster's defaults are a process a step and its own event log.",
        ["", "a day", f"{shop.days} days", "ratio"],
        rows,
    )
