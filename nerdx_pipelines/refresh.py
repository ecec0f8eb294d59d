"""Running the whole pipeline from the command line: a real Dagster run, in this process.

Events go to the Dagster instance of the data set, so the UI shows the run afterwards.
"""

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from nerdx_pipelines.automation import REFRESH, range_tags
from nerdx_pipelines.errors import ConfigError, NerdxError
from nerdx_pipelines.files import writing
from nerdx_pipelines.progress import QUIET
from nerdx_pipelines.settings import PROJECT_ROOT, Settings, export_env_files

# A range of days makes thousands of events, and writing them one by one can cost more than the
# work. One planned event an asset in place of one a day means that a failed run does not mark
# its days failed; they stay as they were, which is what happened to them.
EVENTS = {
    "DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS": "true",
    "DAGSTER_EVENT_BATCH_SIZE": "100",
}


class RunFailedError(NerdxError):
    """A run failed; the message names the step and says why."""


@dataclass(frozen=True)
class Refreshed:
    """A finished run: its id, its seconds, and those of each step."""

    run_id: str
    seconds: float
    steps: dict[str, float]


def prepare_instance(settings: Settings) -> None:
    """Make the data set's Dagster home current for this process and its children."""
    export_env_files()
    home = settings.dagster_home
    with writing(home):
        home.mkdir(parents=True, exist_ok=True)
        is_cluster = os.environ.get("NERDX_DAGSTER_POSTGRES_URL")
        shutil.copyfile(
            PROJECT_ROOT / ("deploy/dagster.yaml" if is_cluster else "dagster.yaml"),
            home / "dagster.yaml",
        )
    os.environ["DAGSTER_HOME"] = str(home)
    for name, value in EVENTS.items():
        os.environ.setdefault(name, value)


def default_days(settings: Settings, first: date | None, last: date | None) -> tuple[date, date]:
    """The days asked for, or all there are: from the start date to the end date or yesterday."""
    yesterday = datetime.now(ZoneInfo(settings.timezone)).date() - timedelta(days=1)
    first = first or settings.start_date
    last = last or settings.end_date or yesterday
    if not settings.start_date <= first <= last <= (settings.end_date or yesterday):
        raise ConfigError(
            f"{first} to {last} is no range of days between NERDX_START_DATE "
            f"({settings.start_date}) and {settings.end_date or yesterday}."
        )
    return first, last


def meet_graph(settings: Settings) -> None:
    """Raise GraphError within seconds unless the graph that NEO4J_URI names can be used.

    A run would notice only after the work of minutes. The embedded graph is started by it.
    """
    from nerdx_pipelines.graph.address import named
    from nerdx_pipelines.graph.client import Graph

    if address := named(settings):
        with Graph(address):
            pass


def refresh(settings: Settings, first: date, last: date) -> Refreshed:
    """Materialize every asset for the days `first` to `last`; raise RunFailedError if any fails.

    Raises GraphError before anything is begun if a graph is named and cannot be used.
    """
    from nerdx_pipelines.definitions import build_defs

    meet_graph(settings)
    prepare_instance(settings)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    job = build_defs(settings).resolve_job_def(REFRESH)
    started = time.monotonic()
    with dg.DagsterInstance.get() as instance, _streams_kept():
        result = job.execute_in_process(
            instance=instance,
            # Whoever ran the command repeats it; the daemon must not do so behind their back.
            tags={**range_tags(first.isoformat(), last.isoformat()), "dagster/max_retries": "0"},
            run_config=QUIET,
            raise_on_error=False,
        )
        seconds = time.monotonic() - started
        if not result.success:
            raise RunFailedError(_why(result))
        stats = instance.get_run_step_stats(result.run_id)
    steps = {s.step_key: s.end_time - s.start_time for s in stats if s.start_time and s.end_time}
    return Refreshed(result.run_id, seconds, steps)


@contextmanager
def _streams_kept() -> Iterator[None]:
    """Give standard output and error back: with a full disk, Dagster leaves them to its log."""
    kept = {stream: os.dup(stream) for stream in (1, 2)}
    try:
        yield
    finally:
        for stream, copy in kept.items():
            os.dup2(copy, stream)
            os.close(copy)


def _why(result: dg.ExecuteInProcessResult) -> str:
    """The first failed step and its error."""
    for event in result.all_events:
        if event.is_step_failure or event.is_failure:
            error = getattr(event.event_specific_data, "error", None)
            if error:
                return f"{event.step_key or 'the run'}: {told(error)}"
    return f"run {result.run_id} failed; the Dagster UI has its events"


def told(error: Any) -> str:
    """What the outermost error says that is meant for people, else the innermost one."""
    while True:
        message = str(error.message).strip()
        kind, _, text = message.partition(": ")
        if kind.startswith("nerdx_pipelines."):
            return text
        if error.cause is None:
            return message
        error = error.cause
