"""Whoever reads that a run failed finds it failed, and whether it will be tried again."""

import shutil
import threading
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from nerdx_pipelines.settings import PROJECT_ROOT

FAILURES = 30


def at_first_sight(instance: dg.DagsterInstance, ended: threading.Event) -> dict[str, tuple]:
    """Status and tag of every failed run, as soon as its event is there, as the daemon reads."""
    seen: dict[str, tuple] = {}
    cursor, failures = 0, {dg.DagsterEventType.RUN_FAILURE}
    while len(seen) < FAILURES and not ended.is_set():
        events = instance.event_log_storage.get_logs_for_all_runs_by_log_id(cursor, failures)
        for cursor, event in events.items():  # noqa: B007
            run = instance.get_run_by_id(event.run_id)
            assert run is not None
            seen[event.run_id] = (run.status, run.tags.get("dagster/will_retry"))
    return seen


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copy(PROJECT_ROOT / "dagster.yaml", tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))


@pytest.mark.usefixtures("home")
def test_a_failure_is_told_when_its_run_has_failed():
    assert_told_in_order()


def assert_told_in_order():
    """In the Dagster home of the environment, while somebody else reads it all the time."""
    seen: dict[str, tuple] = {}
    with dg.DagsterInstance.get() as ours, dg.DagsterInstance.get() as theirs:
        ended = threading.Event()
        reader = threading.Thread(target=lambda: seen.update(at_first_sight(theirs, ended)))
        reader.start()
        try:
            for _ in range(FAILURES):
                run = create_run_for_test(ours, "refresh", status=dg.DagsterRunStatus.STARTED)
                ours.report_run_failed(run)
            reader.join(60)
        finally:
            ended.set()
            reader.join()
        failed = ours.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
        assert all(record.end_time is not None for record in failed)
        assert {record.dagster_run.run_id for record in failed} == set(seen)
    assert len(seen) == FAILURES
    assert set(seen.values()) == {(dg.DagsterRunStatus.FAILURE, "true")}


@pytest.mark.usefixtures("home")
def test_a_run_is_tried_again_once():
    with dg.DagsterInstance.get() as instance:
        first = create_run_for_test(instance, "refresh", status=dg.DagsterRunStatus.STARTED)
        instance.report_run_failed(first)
        second = create_run_for_test(
            instance,
            "refresh",
            status=dg.DagsterRunStatus.STARTED,
            parent_run_id=first.run_id,
            root_run_id=first.run_id,
            tags={"dagster/parent_run_id": first.run_id, "dagster/root_run_id": first.run_id},
        )
        instance.report_run_failed(second)
        tags = [instance.get_run_by_id(run.run_id).tags for run in (first, second)]
        assert [each["dagster/will_retry"] for each in tags] == ["true", "false"]
