"""Jobs and schedules: what runs together, and when."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from nerdx_pipelines.settings import Settings

REFRESH = "refresh"

# A refund, a cancellation or a late view changes the day of its purchase. Until changed days are
# tracked one by one, the daily run goes over so many days again.
LOOK_BACK_DAYS = 30


def refresh_job() -> Any:
    """Everything, from the shop to the report, for the days of the run."""
    return dg.define_asset_job(
        REFRESH,
        selection=dg.AssetSelection.all(),
        description="Shop and content -> staging -> credits -> KPIs -> graph -> report.",
    )


def range_tags(first: str, last: str) -> dict[str, str]:
    """Tags that make one run of all days from `first` to `last` (partition keys)."""
    return {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
    }


def daily_schedule(settings: Settings) -> Any:
    """Each night at 02:30 shop time: yesterday, and the days before it that may have changed."""

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
