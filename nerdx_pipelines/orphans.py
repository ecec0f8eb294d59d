"""Runs whose process was killed together with the daemon that would have noticed.

Dagster itself would take them for running for ever: they would hold a place in the queue, and
whatever waits for them would never be asked for.
"""

import logging
import os

import dagster as dg

log = logging.getLogger(__name__)

_WORKING = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_OLD = "The process of this run was killed, and so was the daemon that watched it."


def end_orphans(instance: dg.DagsterInstance) -> list[str]:
    """Mark the runs as failed whose process on this machine is gone; their ids.

    Of what fails the daemon tries again what may be tried again.
    """
    ended = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=_WORKING)):
        run = record.dagster_run
        pid = _process(instance, run.run_id)
        if pid and not _lives(pid):
            log.warning("Run %s: %s", run.run_id, _OLD)
            instance.report_run_failed(run, _OLD)
            ended.append(run.run_id)
    return ended


def _process(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """The process that a run was last said to be in."""
    found = None
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        pid = event.engine_event_data.metadata.get("pid") if event else None
        if pid is not None:
            found = int(str(pid.value))
    return found


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
