"""Sensors: what runs because something came, be it a segment, a change or a wish for a pull.

No tick opens the warehouse: folders are listed, and what an asset told of itself is read.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.execution.backfill import BulkActionStatus
from dagster._core.storage.tags import BACKFILL_ID_TAG

from nerdx_pipelines.assets.days import CONSUMERS
from nerdx_pipelines.automation import (
    CHANGE_ASSETS,
    INGEST_EVENTS,
    INGEST_WEBHOOKS,
    PULL_CHANGES,
    REFRESH,
    SHOW_CHANGES,
    WORK_OFF_CHANGES,
)
from nerdx_pipelines.inbox import segments_to_request
from nerdx_pipelines.settings import Settings

SECONDS = 1  # between two looks; the daemon itself looks every 5 s, and not always on the dot
# Before a segment is asked for again that the run it was asked of has left, doubled each time.
PATIENCE = timedelta(seconds=20)
UNDER_WAY = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
NO_DAY = "No day has ended since NERDX_START_DATE."
TOLD = ("shopify_webhooks", "content_events")  # assets of what others told, and not we asked for


def sensors(settings: Settings, days: dg.PartitionsDefinition[Any]) -> list[Any]:
    """All of them run from the start: where nothing comes, they have nothing to do."""
    inbox = settings.inbox_dir
    return [
        _segments("webhook_segments", inbox, "webhooks", INGEST_WEBHOOKS, TOLD[0], days),
        _segments("event_segments", inbox, "events", INGEST_EVENTS, TOLD[1]),
        _pulls_asked(),
        _figures_made(),
        *(_changed_days(days, asset) for asset in (*CHANGE_ASSETS, *TOLD)),
    ]


def is_under_way(
    instance: dg.DagsterInstance, job: str, statuses: Collection[dg.DagsterRunStatus] = UNDER_WAY
) -> bool:
    """Whether a run of `job` waits or works."""
    runs = dg.RunsFilter(job_name=job, statuses=list(statuses))
    return bool(instance.get_run_records(runs, limit=1))


def request_segments(
    instance: dg.DagsterInstance,
    inbox: Path,
    prefix: str,
    job: str,
    asset: str,
    cursor: str | None,
    now: datetime,
    day: str | None = None,
) -> tuple[dg.RunRequest | None, str]:
    """A run for the segments of `prefix` that are due, if there are any, and the next cursor.

    `day` is the run's partition, of a job that has some.

    One run at a time: what comes meanwhile is the next one's. A segment that a run has left in
    the inbox, or that was never taken since the daemon died, is asked for again.
    """
    if is_under_way(instance, job):
        return None, cursor or "{}"
    batch, cursor = segments_to_request(inbox, prefix, cursor, now, patience=PATIENCE)
    if batch is None:
        return None, cursor
    config = {"ops": {asset: {"config": {"names": list(batch.names)}}}}
    return dg.RunRequest(run_key=batch.run_key, run_config=config, partition_key=day), cursor


def _segments(
    name: str,
    inbox: Path,
    prefix: str,
    job: str,
    asset: str,
    days: dg.PartitionsDefinition[Any] | None = None,
) -> Any:
    """Of `days` the run makes the last one, and all that changed."""

    @dg.sensor(
        name=name,
        job_name=job,
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Sees closed segments of {prefix} in the inbox, and has them applied.",
    )
    def segments(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        day = days.get_last_partition_key() if days else None
        if days and day is None:
            return dg.SensorResult(skip_reason=NO_DAY, cursor=context.cursor)
        request, cursor = request_segments(
            context.instance, inbox, prefix, job, asset, context.cursor, datetime.now(UTC), day
        )
        if request is None:
            return dg.SensorResult(skip_reason="Nothing is due.", cursor=cursor)
        return dg.SensorResult([request], cursor=cursor)

    return segments


def _pulls_asked() -> Any:
    @dg.asset_sensor(
        name="pulls_asked_by_webhooks",
        asset_key=dg.AssetKey("shopify_webhooks"),
        job_name=PULL_CHANGES,
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Where a webhook says less than the shop knows (orders/edited, products of "
        "more than 100 variants), asks the shop what changed.",
    )
    def pulls_asked(
        context: dg.SensorEvaluationContext, event: dg.EventLogEntry
    ) -> dg.RunRequest | dg.SkipReason:
        if not _metadata(event, "pulls_asked"):
            return dg.SkipReason("No webhook asks for a pull.")
        if is_under_way(context.instance, PULL_CHANGES, [dg.DagsterRunStatus.QUEUED]):
            return dg.SkipReason("A pull that has still to begin will bring it.")
        return dg.RunRequest(run_key=f"asked by {event.run_id}")

    return pulls_asked


def _figures_made() -> Any:
    @dg.asset_sensor(
        name="figures_made_of_webhooks",
        asset_key=dg.AssetKey("published_kpis"),
        job_name=SHOW_CHANGES,
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="When the run of webhooks has published new figures, brings them to the graph "
        "and the report.",
    )
    def figures_made(
        context: dg.SensorEvaluationContext, event: dg.EventLogEntry
    ) -> dg.RunRequest | dg.SkipReason:
        run = context.instance.get_run_by_id(event.run_id)
        if run is None or run.job_name != INGEST_WEBHOOKS:
            return dg.SkipReason("The run that made the figures goes on to show them.")
        if is_under_way(context.instance, SHOW_CHANGES, [dg.DagsterRunStatus.QUEUED]):
            return dg.SkipReason("A run that has still to begin will show them.")
        return dg.RunRequest(run_key=f"figures of {event.run_id}")

    return figures_made


def _changed_days(days: dg.PartitionsDefinition[Any], asset: str) -> Any:
    told = asset in TOLD

    @dg.asset_sensor(
        name=f"changed_days_of_{asset}",
        asset_key=dg.AssetKey(asset),
        job_name=WORK_OFF_CHANGES,
        minimum_interval_seconds=SECONDS if told else None,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="When what changed leaves days to be made anew, makes them.",
    )
    def changed_days(
        context: dg.SensorEvaluationContext, event: dg.EventLogEntry
    ) -> dg.RunRequest | dg.SkipReason:
        waiting = _metadata(event, "pending_days")
        if not isinstance(waiting, list) or not waiting:
            return dg.SkipReason("Nothing that was made of days has changed.")
        run = context.instance.get_run_by_id(event.run_id)
        if run and _goes_on_to_figures(context.instance, run):
            return dg.SkipReason("What brought the change goes on to make its days.")
        # A run is of one day; it makes all others that changed as well.
        known = [str(day) for day in waiting if days.has_partition_key(str(day))]
        day = max(known) if known else days.get_last_partition_key()
        if day is None:
            return dg.SkipReason(NO_DAY)
        return dg.RunRequest(run_key=f"{asset} {event.run_id}", partition_key=day)

    return changed_days


def _goes_on_to_figures(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether the run, or the backfill of chosen assets that it is part of, makes all days."""
    if run.job_name in (REFRESH, INGEST_WEBHOOKS):
        return True
    backfill = instance.get_backfill(run.tags.get(BACKFILL_ID_TAG, ""))
    return (
        backfill is not None
        and backfill.status == BulkActionStatus.REQUESTED
        and {dg.AssetKey(name) for name in CONSUMERS} <= set(backfill.asset_selection or ())
    )


def _metadata(event: dg.EventLogEntry, name: str) -> Any:
    """What the asset told under `name`; None if nothing."""
    found = event.asset_materialization
    value = found.metadata.get(name) if found else None
    return value.value if value else None
