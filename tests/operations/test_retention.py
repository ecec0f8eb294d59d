"""Old runs and files go, what they made stays: in a Dagster home as `dagster.yaml` makes it."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from nerdx_pipelines.automation import INGEST_WEBHOOKS, REFRESH, range_tags
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.operations.old_runs import forget_runs, forget_superseded
from nerdx_pipelines.operations.retention import CLEAN_UP, old_runs, remove_old_files
from nerdx_pipelines.settings import PROJECT_ROOT, Settings

DAYS = dg.DailyPartitionsDefinition("2026-03-01", end_date="2026-03-11")
NOW = datetime.now(UTC)
FUTURE = NOW + timedelta(days=365)


@dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
def orders(context: dg.AssetExecutionContext) -> None:
    """Tells each day which run made it."""
    for key in context.partition_keys:
        context.add_asset_metadata({"made_by": context.run.run_id}, partition_key=key)


@dg.asset(deps=[orders])
def report() -> dg.MaterializeResult[None]:
    """Of the whole period."""
    print("told on standard output")
    return dg.MaterializeResult(metadata={"made": True})


@dg.asset_check(asset=report)
def complete() -> dg.AssetCheckResult:
    """Passes."""
    return dg.AssetCheckResult(passed=True, metadata={"rows": 7})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "dagster"
    home.mkdir()
    shutil.copyfile(PROJECT_ROOT / "dagster.yaml", home / "dagster.yaml")
    return home


@pytest.fixture
def instance(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "100")
    with dg.DagsterInstance.get() as instance:
        yield instance


DEFS = dg.Definitions(
    assets=[orders, report],
    asset_checks=[complete],
    jobs=[dg.define_asset_job(name, "*") for name in (REFRESH, INGEST_WEBHOOKS)],
)


def run(instance: dg.DagsterInstance, first: int, last: int, job: str = REFRESH) -> str:
    """A run of the days first to last of March."""
    tags = range_tags(f"2026-03-{first:02}", f"2026-03-{last:02}")
    return DEFS.resolve_job_def(job).execute_in_process(instance=instance, tags=tags).run_id


def shown(instance: dg.DagsterInstance) -> dict[str, Any]:
    """What the UI shows of the assets, worked out anew."""
    instance.wipe_asset_cached_status([orders.key])
    status = get_and_update_asset_status_cache_value(instance, orders.key, DAYS)
    assert status is not None
    newest = {}
    for key in DAYS.get_partition_keys():
        record = instance.fetch_materializations(
            dg.AssetRecordsFilter(orders.key, asset_partitions=[key]), limit=1
        ).records
        newest[key] = [each.asset_materialization for each in record]
    check = instance.get_latest_asset_check_evaluation_record(complete.check_key)
    assert check is not None
    return {
        "status": status.serialized_materialized_partition_subset,
        "failed": status.serialized_failed_partition_subset,
        "partitions": instance.get_materialized_partitions(orders.key),
        "newest": newest,
        "report": instance.get_latest_materialization_event(report.key),
        "check": (check.status, check.evaluation),
    }


def files(home: Path) -> list[str]:
    """What there is of runs on disk, beside the index."""
    shards = [each.name for each in (home / "history" / "runs").iterdir()]
    logs = [each.name for each in (home / "storage").glob("*")]
    return [name for name in [*shards, *logs] if not name.startswith("index.db")]


def test_runs_go_and_partitions_stay_materialized(instance: dg.DagsterInstance, home: Path):
    for first, last in ((1, 10), (3, 5), (5, 7), (5, 5)):
        run(instance, first, last)
    before = shown(instance)
    assert len(before["partitions"]) == 10
    assert len(files(home)) == 8  # a log of events and one of output for each run
    assert forget_runs(instance, FUTURE, most=100) == 4
    assert instance.get_runs_count() == 0
    assert shown(instance) == before
    assert files(home) == []
    assert forget_runs(instance, FUTURE, most=100) == 0
    again = run(instance, 5, 6)  # what is new wins over what was kept, and is kept in its turn
    assert forget_runs(instance, FUTURE, most=100) == 1
    after = shown(instance)
    made_by = {day: told.metadata["made_by"].value for day, (told,) in after["newest"].items()}
    assert [day for day, by in made_by.items() if by == again] == ["2026-03-05", "2026-03-06"]
    assert after["partitions"] == before["partitions"]


def test_what_is_kept_does_not_grow(instance: dg.DagsterInstance, home: Path):
    def rows() -> list[int]:
        with instance.event_log_storage.index_connection() as con:
            return [
                con.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
                for table in ("event_logs", "asset_check_executions", "asset_event_tags")
            ]

    run(instance, 1, 10)
    forget_runs(instance, FUTURE, most=100)
    once = rows()
    assert once[:2] == [10 + 1, 1]  # ten days and a report; a check
    for _ in range(3):
        run(instance, 1, 10)
    assert all(now > then for now, then in zip(rows(), once, strict=True))
    forget_runs(instance, FUTURE, most=100)
    forget_superseded(instance)
    assert rows() == once


def test_runs_that_are_young_or_under_way_stay(instance: dg.DagsterInstance):
    run(instance, 1, 1)
    job = DEFS.resolve_job_def(REFRESH)
    waiting = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    assert forget_runs(instance, NOW - timedelta(minutes=1), most=100) == 0
    assert forget_runs(instance, FUTURE, most=100) == 1
    assert [each.run_id for each in instance.get_runs()] == [waiting.run_id]


def test_no_more_runs_than_asked_for_go_at_once(instance: dg.DagsterInstance):
    for day in (1, 2, 3):
        run(instance, day, day)
    assert forget_runs(instance, FUTURE, most=2) == 2
    assert instance.get_runs_count() == 1
    assert len(instance.get_materialized_partitions(orders.key)) == 3


def test_a_clean_up_that_was_killed_is_done_again(
    instance: dg.DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch
):
    run(instance, 1, 3)
    run(instance, 2, 4)
    before = shown(instance)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(instance.run_storage, "delete_run", killed)
        forget_runs(instance, FUTURE, most=100)
    assert shown(instance) == before
    assert forget_runs(instance, FUTURE, most=100) == 2
    assert shown(instance) == before
    assert files(home) == []


def test_frequent_runs_go_sooner(instance: dg.DagsterInstance):
    frequent, nightly = run(instance, 1, 1, INGEST_WEBHOOKS), run(instance, 2, 2)
    failed = instance.create_run_for_job(DEFS.resolve_job_def(INGEST_WEBHOOKS))
    instance.report_run_failed(failed)

    def left(days: float, keep: int = 30) -> set[str]:
        old_runs(instance, NOW + timedelta(days=days), timedelta(days=keep))
        return {each.run_id for each in instance.get_runs()}

    assert left(0.9) == {frequent, nightly, failed.run_id}
    assert left(1.1) == {nightly, failed.run_id}
    assert left(7.1) == {nightly}
    assert left(29.9) == {nightly}
    assert left(30.1) == set()


def aged(path: Path, days: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("12345")
    then = (NOW - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))
    return path


def test_old_files_go_and_what_a_pull_writes_stays(tmp_path: Path):
    gone = aged(tmp_path / "orders" / "2026-01-01_2026-01-31.jsonl", 31)
    kept = aged(tmp_path / "orders" / "2026-02-01_2026-02-28.jsonl", 29)
    others = [aged(tmp_path / "archive" / "2026-01" / f"{n}.jsonl", 40) for n in range(3)]
    working = tmp_path / "orders" / ".x.jsonl-temporary"
    working.mkdir()
    before = NOW - timedelta(days=30)
    assert remove_old_files(tmp_path, before) == (4, 20)
    assert kept.exists()
    assert working.exists()
    assert not any(path.exists() for path in (gone, *others))
    emptied = tmp_path / "archive" / "2026-01"
    os.utime(emptied, (0, 0))
    assert remove_old_files(tmp_path, before) == (0, 0)
    assert not emptied.exists()
    assert remove_old_files(tmp_path / "nowhere", before) == (0, 0)


@pytest.mark.parametrize(("keep", "left"), [(30, ["new"]), (0, ["new", "old"])])
def test_the_job_cleans_up_where_the_settings_say(
    instance: dg.DagsterInstance, tmp_path: Path, keep: int, left: list[str]
):
    settings = Settings(_env_file=None, NERDX_DATA_DIR=str(tmp_path), NERDX_KEEP_DAYS=keep)
    aged(settings.raw_dir / "new", 1)
    aged(settings.raw_dir / "old", 31)
    aged(settings.archive_dir / "2026-01" / "segment.jsonl", 31)
    defs = build_defs(settings)
    assert defs.resolve_job_def(CLEAN_UP).execute_in_process(instance=instance).success
    assert sorted(each.name for each in settings.raw_dir.iterdir()) == left
    assert len(list(settings.archive_dir.rglob("*.jsonl"))) == (keep == 0)
    schedule = defs.resolve_schedule_def("nightly_clean_up")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
