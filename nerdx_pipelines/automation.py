"""Jobs, schedules and sensors: what runs together, and when."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from nerdx_pipelines.settings import Settings

REFRESH, PULL_CHANGES, WORK_OFF_CHANGES = "refresh", "pull_changes", "work_off_changes"
CHANGE_ASSETS = ("shopify_order_changes", "shopify_deletions")

# Orders that change are tracked day by day, late views are not yet: the daily run goes over so
# many days again.
LOOK_BACK_DAYS = 30


def jobs() -> list[Any]:
    """Everything; only what changed in the shop; only what is made of it."""
    pulls = dg.AssetSelection.assets(
        "shopify_products", "shopify_product_variants", "shopify_customers", *CHANGE_ASSETS
    )
    return [
        dg.define_asset_job(
            REFRESH,
            selection=dg.AssetSelection.all(),
            description="Shop and content -> staging -> credits -> KPIs -> graph -> report.",
        ),
        dg.define_asset_job(
            PULL_CHANGES,
            selection=pulls,
            description="Orders, products and customers that changed or were deleted, any age.",
        ),
        dg.define_asset_job(
            WORK_OFF_CHANGES,
            selection=dg.AssetSelection.all() - dg.AssetSelection.groups("shopify", "content")
            | dg.AssetSelection.assets("journey_touches"),
            description="Credits, KPIs, graph and report of the days that changed.",
        ),
    ]


def range_tags(first: str, last: str) -> dict[str, str]:
    """Tags that make one run of all days from `first` to `last` (partition keys)."""
    return {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
    }


def schedules(settings: Settings) -> list[Any]:
    """The nightly refresh and the hourly look at what changed."""
    return [_daily(settings), _hourly(settings)]


def _daily(settings: Settings) -> Any:
    @dg.schedule(
        name="daily_refresh",
        job_name=REFRESH,
        cron_schedule="30 2 * * *",
        execution_timezone=settings.timezone,
        description=f"Refreshes yesterday and the {LOOK_BACK_DAYS} days before it, in one run.",
    )
    def daily_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        now = context.scheduled_execution_time.astimezone(ZoneInfo(settings.timezone))
        last = min(now.date() - timedelta(days=1), settings.end_date or date.max)
        first = max(last - timedelta(days=LOOK_BACK_DAYS), settings.start_date)
        if last < first:
            return dg.SkipReason("No day has ended since NERDX_START_DATE.")
        return dg.RunRequest(
            run_key=last.isoformat(), tags=range_tags(first.isoformat(), last.isoformat())
        )

    return daily_refresh


def _hourly(settings: Settings) -> Any:
    @dg.schedule(
        name="hourly_changes",
        job_name=PULL_CHANGES,
        cron_schedule="10 * * * *",
        execution_timezone=settings.timezone,
        description="Asks the shop what changed; `changed_days` then has the figures made anew.",
    )
    def hourly_changes(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return dg.RunRequest(run_key=context.scheduled_execution_time.isoformat())

    return hourly_changes


def changed_days_sensors(days: dg.PartitionsDefinition[Any]) -> list[Any]:
    """One sensor a source of changes; each asks for a run whenever days wait."""
    return [_changed_days(days, asset) for asset in CHANGE_ASSETS]


def _changed_days(days: dg.PartitionsDefinition[Any], asset: str) -> Any:
    @dg.asset_sensor(
        name=f"changed_days_of_{asset}",
        asset_key=dg.AssetKey(asset),
        job_name=WORK_OFF_CHANGES,
        description="When a pull of changes leaves days to be made anew, makes them.",
    )
    def changed_days(
        context: dg.SensorEvaluationContext, event: dg.EventLogEntry
    ) -> dg.RunRequest | dg.SkipReason:
        found = event.asset_materialization
        waiting = found.metadata.get("pending_days") if found else None
        if not isinstance(waiting, dg.JsonMetadataValue) or not waiting.data:
            return dg.SkipReason("Nothing that was made of days has changed.")
        # A run is of one day; it makes all others that changed as well.
        known = [str(day) for day in waiting.data if days.has_partition_key(str(day))]
        day = max(known) if known else days.get_last_partition_key()
        if day is None:
            return dg.SkipReason("No day has ended since NERDX_START_DATE.")
        return dg.RunRequest(run_key=f"{asset} {event.run_id}", partition_key=day)

    return changed_days
