"""Runs whose process is gone: ended by run monitoring where that is known, and left alone else."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, EngineEventData
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._daemon.monitoring.run_monitoring import monitor_started_run

from nerdx_pipelines.operations.orphans import end_orphans
from nerdx_pipelines.settings import PROJECT_ROOT

HERE = {"host": "localhost", "socket": "/tmp/somewhere"}
THERE = {"host": "nerdx-code", "port": 4000}
STARTED, FAILURE = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE


@dg.job
def nothing() -> None: ...


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """As `nerdx` configures it."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    configuration = (PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8")
    (tmp_path / "dagster.yaml").write_text(configuration, encoding="utf-8")
    with dg.DagsterInstance.get() as instance:
        yield instance


@pytest.fixture
def gone() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def begin(instance: dg.DagsterInstance, pid: int, server: dict[str, Any] | None) -> str:
    """A run that works in a process, started by a code server or by `nerdx refresh`."""
    tags = {GRPC_INFO_TAG: json.dumps(server)} if server else {}
    run = instance.create_run_for_job(nothing, tags=tags)
    process = EngineEventData(metadata={"pid": dg.MetadataValue.text(str(pid))})
    instance.report_engine_event("Executing steps in process", run, process)
    start = DagsterEvent(dg.DagsterEventType.RUN_START.value, run.job_name)
    instance.report_dagster_event(start, run.run_id)
    return run.run_id


def after_monitoring(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    """Its status when the daemon has looked at it."""
    record = instance.get_run_record_by_id(run_id)
    assert record.dagster_run.status == STARTED
    monitor_started_run(instance, None, record, logging.getLogger(__name__))
    return instance.get_run_by_id(run_id).status


def test_a_bare_daemon_ends_what_a_crash_left(instance: dg.DagsterInstance, gone: int):
    assert after_monitoring(instance, begin(instance, gone, HERE)) == FAILURE


def test_a_run_that_works_is_left_alone(instance: dg.DagsterInstance):
    assert after_monitoring(instance, begin(instance, os.getpid(), HERE)) == STARTED
    assert end_orphans(instance) == []


@pytest.mark.parametrize("server", [THERE, None])
def test_of_other_machines_nothing_is_known(
    instance: dg.DagsterInstance, gone: int, server: dict[str, Any] | None
):
    assert after_monitoring(instance, begin(instance, gone, server)) == STARTED


def test_nerdx_ui_ends_what_nerdx_refresh_left(instance: dg.DagsterInstance, gone: int):
    run_id = begin(instance, gone, None)
    assert end_orphans(instance) == [run_id]
    assert instance.get_run_by_id(run_id).status == FAILURE
