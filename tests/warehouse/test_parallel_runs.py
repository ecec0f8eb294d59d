"""Four run workers on whatever partitions and ranges, overlapping or not: no lock fails a run.

What they leave is what the same runs leave one after the other, also if one of them is killed;
who reads meanwhile reads rows that belong together.
"""

import os
import random
import time
import traceback
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from nerdx_pipelines.automation import range_tags
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.publish import published
from tests.assets.world import FIGURES, FIRST, LAST, PULLS, Follower, Shop, serving
from tests.kill.victims import start

Task = tuple[list[str], date, date]  # assets, first and last day
Figures = dict[str, list[tuple[Any, ...]]]
WORKERS, RUNS = 4, 2
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
SEED = int(os.environ.get("NERDX_SEED") or 1)
STAGING = ["shopify_orders", "touches"]
KINDS = [STAGING, [*STAGING, *FIGURES], FIGURES, ["shopify_orders"], ["touches", *FIGURES]]
PATIENCE = 900  # only so that a deadlock is told
POLL_S = 0.2


def drawn(dice: random.Random) -> list[list[Task]]:
    """What each worker runs: single days and ranges, of which each day is in several."""

    def task() -> Task:
        start, length = dice.randrange(len(DAYS)), dice.choice([0, 0, 1, 5, len(DAYS)])
        days = DAYS[start : start + length + 1]
        return [*dice.choice(KINDS), "published_kpis"], days[0], days[-1]

    everything: Task = ([*STAGING, *FIGURES], FIRST, LAST)  # so that no day is left out
    tasks = [[task() for _ in range(RUNS)] for _ in range(WORKERS)]
    dice.choice(tasks).insert(dice.randrange(RUNS), everything)
    return tasks


TASKS = drawn(random.Random(SEED))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with serving(tmp_path_factory.mktemp("store")) as shop:
        yield shop


def run(follower: Follower, assets: list[str], first: date, last: date) -> None:
    """A run of Dagster without its checks, some of which the reader makes all the time."""
    wanted = dg.AssetSelection.assets(*assets).required_multi_asset_neighbors()
    graph = follower.defs.resolve_asset_graph()
    job = follower.defs.resolve_implicit_global_asset_job_def()
    job.get_subset(
        asset_selection=wanted.resolve(graph), asset_check_selection=set()
    ).execute_in_process(tags=range_tags(first.isoformat(), last.isoformat()))


def work_through(root: Path, shop: Shop, tasks: list[Task], log: Path) -> None:
    """One run worker."""
    try:
        follower = Follower(shop, root)
        for task in tasks:
            run(follower, *task)
    except Exception:
        log.write_text(traceback.format_exc(), encoding="utf-8")
        raise


def begun(follower: Follower) -> list[BaseProcess]:
    run(follower, [*PULLS[1:], "content_catalog"], FIRST, LAST)
    return [
        start(partial(work_through, shop=follower.shop, tasks=own, log=log), follower.root)
        for own, log in zip(TASKS, logs(follower), strict=True)
    ]


def logs(follower: Follower) -> list[Path]:
    return [follower.root / f"worker-{number}.log" for number in range(WORKERS)]


def read_until_done(follower: Follower, workers: list[BaseProcess]) -> None:
    """Read as analysts do until the last worker has ended, and once more."""
    kpis, deadline, alive = follower.root / "kpi.duckdb", time.monotonic() + PATIENCE, True
    while alive:
        assert time.monotonic() < deadline, "The workers do not end."
        alive = any(worker.is_alive() for worker in workers)
        with follower.warehouse.read() as con:
            for check in ("orders_unique", "touches_unique", "credits_sum_to_net"):
                assert con.execute(sql(f"checks/{check}")).fetchall() == [], check
        if not alive or kpis.exists():
            with published(kpis) as con:
                sold = "SELECT count(*), count(DISTINCT (day, currency)) FROM kpi.daily_sales"
                ((rows, days),) = con.execute(sold).fetchall()
            assert rows == days
        time.sleep(POLL_S)


@pytest.fixture(scope="module")
def sequential(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Figures:
    """What all runs leave, one after the other."""
    follower = Follower(shop, tmp_path_factory.mktemp("sequential"))
    run(follower, [*PULLS[1:], "content_catalog"], FIRST, LAST)
    for task in (task for own in TASKS for task in own):
        run(follower, *task)
    found = settled(follower)
    assert found["attribution.credits"]
    return found


def settled(follower: Follower) -> Figures:
    """Every table, with what changed meanwhile worked off as the sensor has it done."""
    run(follower, FIGURES, LAST, LAST)
    assert follower.rows("FROM staging.pending_days") == []
    return follower.figures()


def assert_same(found: Figures, wanted: Figures) -> None:
    for table, rows in wanted.items():
        assert found[table] == rows, table


def test_parallel_runs_leave_what_sequential_ones_do(
    shop: Shop, tmp_path: Path, sequential: Figures
):
    parallel = Follower(shop, tmp_path)
    workers = begun(parallel)
    read_until_done(parallel, workers)
    failed = [log.read_text() for log in logs(parallel) if log.exists()]
    assert not failed, failed[0]
    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    assert_same(settled(parallel), sequential)


def test_a_killed_worker_harms_nobody_and_its_runs_are_run_again(
    shop: Shop, tmp_path: Path, sequential: Figures
):
    dice = random.Random(SEED)
    parallel = Follower(shop, tmp_path)
    workers = begun(parallel)
    victim = dice.randrange(WORKERS)
    workers[victim].join(dice.uniform(0.5, 4))
    workers[victim].kill()
    read_until_done(parallel, workers)
    others = [worker.exitcode for worker in workers if worker is not workers[victim]]
    assert others == [0] * (WORKERS - 1)
    work_through(parallel.root, shop, TASKS[victim], logs(parallel)[victim])
    assert_same(settled(parallel), sequential)
