"""What is not kept for ever: records of runs, raw pulls, applied segments; and when that goes.

No figure is made of any of it, and no partition depends on it. How a run is forgotten is in
`old_runs.py`; ticks go by `retention` in `dagster.yaml`.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from stat import S_ISDIR
from typing import Any

import dagster as dg

from nerdx_pipelines.automation import (
    INGEST_EVENTS,
    INGEST_WEBHOOKS,
    SHOW_CHANGES,
    WORK_OFF_CHANGES,
)
from nerdx_pipelines.files import writing
from nerdx_pipelines.operations.old_runs import forget_runs, forget_superseded
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.settings import Settings

CLEAN_UP, FORGET = "clean_up", "forget_what_is_old"  # a job and its op: Dagster has them differ
# Jobs that run every minute where webhooks come: half a megabyte a run, a gigabyte a day.
FREQUENT = (INGEST_WEBHOOKS, INGEST_EVENTS, SHOW_CHANGES, WORK_OFF_CHANGES)
DONE = (dg.DagsterRunStatus.SUCCESS,)
NOT_DONE = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
KEEP_FREQUENT = ((DONE, timedelta(days=1)), (NOT_DONE, timedelta(days=7)))
MOST_RUNS = 20_000  # of one clean-up, which takes minutes then; the rest waits for the next


class Keep(dg.Config):
    """How many days are kept; 0: all."""

    days: int = 30


def clean_up_job(settings: Settings) -> dg.JobDefinition:
    """The job, keeping what the settings say."""

    @dg.op(name=FORGET)
    def clean_up(context: dg.OpExecutionContext, config: Keep, paths: PathsResource) -> None:
        """Forget old runs, remove old files; say how much it was."""
        if not config.days:
            context.log.info("NERDX_KEEP_DAYS is 0: everything is kept.")
            return
        now = datetime.now(UTC)
        runs = old_runs(context.instance, now, timedelta(days=config.days))
        before = now - timedelta(days=config.days)
        removed = {
            name: remove_old_files(folder, before)
            for name, folder in (("raw", paths.raw_dir), ("archive", paths.archive_dir))
        }
        context.log.info("%d runs forgotten; files removed, and bytes: %s", runs, removed)

    @dg.job(
        name=CLEAN_UP,
        description="Forgets runs that ended long ago (partitions stay materialized), removes raw "
        "pulls and applied segments older than NERDX_KEEP_DAYS. No figure changes.",
        config={"ops": {FORGET: {"config": {"days": settings.keep_days}}}},
        executor_def=dg.in_process_executor,
    )
    def job() -> None:
        clean_up()

    return job


def clean_up_schedule(settings: Settings) -> Any:
    """Every night, after the others. On from the start: a full disk would stop everything."""
    return dg.ScheduleDefinition(
        name="nightly_clean_up",
        job_name=CLEAN_UP,
        cron_schedule="20 4 * * *",
        execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Keeps {settings.keep_days} days of runs, raw pulls and applied segments "
        "(NERDX_KEEP_DAYS), and a day of the runs that webhooks start every minute.",
    )


def old_runs(instance: dg.DagsterInstance, now: datetime, keep: timedelta) -> int:
    """Forget the runs that are older than `keep`, and frequent ones sooner; how many."""
    forgotten = 0
    for job, (statuses, longest) in product(FREQUENT, KEEP_FREQUENT):
        before, room = now - min(keep, longest), MOST_RUNS - forgotten
        forgotten += forget_runs(instance, before, room, job, statuses)
    forgotten += forget_runs(instance, now - keep, MOST_RUNS - forgotten)
    forget_superseded(instance)
    return forgotten


def remove_old_files(folder: Path, before: datetime) -> tuple[int, int]:
    """Remove the files below `folder` last written before an instant, and empty folders as old.

    Returns how many files and how many bytes it were. Raises DiskError.
    """
    files = size = 0
    with writing(folder):
        for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before it
            with suppress(FileNotFoundError):  # a run's own, which it has removed meanwhile
                about = path.lstat()
                if about.st_mtime >= before.timestamp():
                    continue
                if not S_ISDIR(about.st_mode):
                    path.unlink()
                    files, size = files + 1, size + about.st_size
                elif not any(path.iterdir()):
                    path.rmdir()
    return files, size
