"""Runs whose process was killed together with whoever would have noticed.

Dagster itself would take them for running for ever: they would hold a place in the queue, and
whatever waits for them would never be asked for. Whatever fails here the daemon tries again, if it
may be tried again; a run that made a range of days then goes on where the killed one stopped.
"""

import json
import logging
import os

import dagster as dg
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.storage.tags import GRPC_INFO_TAG

log = logging.getLogger(__name__)

_WORKING = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_OLD = "The process of this run was killed, and so was the daemon that watched it."


class WatchingRunLauncher(DefaultRunLauncher):
    """Dagster's own launcher, which can also tell run monitoring whether a run's process lives.

    For `run_launcher` of `dagster.yaml`: a daemon that is started after a crash then ends what the
    crash left, also where nobody calls `end_orphans`.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Without it run monitoring leaves started runs alone."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """FAILED if the process is known to be gone; on other machines nothing is known."""
        pid = process_of(self._instance, run.run_id) if _is_local(run) else None
        if pid and not lives(pid):
            return CheckRunHealthResult(WorkerStatus.FAILED, f"process {pid} is gone")
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def end_orphans(instance: dg.DagsterInstance) -> list[str]:
    """Mark the runs as failed whose process on this machine is gone; their ids."""
    ended = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=_WORKING)):
        run = record.dagster_run
        pid = process_of(instance, run.run_id)
        if pid and not lives(pid):
            log.warning("Run %s: %s", run.run_id, _OLD)
            instance.report_run_failed(run, _OLD)
            ended.append(run.run_id)
    return ended


def process_of(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """The id of the process that a run was last said to be in."""
    found = None
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        pid = event.engine_event_data.metadata.get("pid") if event else None
        if pid is not None:
            found = int(str(pid.value))
    return found


def lives(pid: int) -> bool:
    """Whether there is a process of this id on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _is_local(run: dg.DagsterRun) -> bool:
    """Whether the code server that started the run is on this machine, outside any container."""
    server = json.loads(run.tags.get(GRPC_INFO_TAG, "{}"))
    return "socket" in server or server.get("host") in ("localhost", "127.0.0.1")
