"""Jobs and schedules: what runs together, and when."""

from datetime import timedelta
from typing import Any

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
        executor_def=dg.in_process_executor,
    )


def range_tags(first: str, last: str) -> dict[str, str]:
    """Tags that make one run of all days from `first` to `last` (partition keys)."""
    return {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
    }


def daily_schedule(settings: Settings, days: dg.DailyPartitionsDefinition) -> Any:
    """Each night at 02:30 shop time: yesterday, and the days before it that may have changed."""

    @dg.schedule(
        name="daily_refresh",
        job_name=REFRESH,
        cron_schedule="30 2 * * *",
        execution_timezone=settings.timezone,
        description=f"Refreshes yesterday and the {LOOK_BACK_DAYS} days before it, in one run.",
    )
    def daily_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        last = days.get_last_partition_key(context.scheduled_execution_time)
        if last is None:
            return dg.SkipReason("No day has ended since NERDX_START_DATE.")
        first = max(
            days.get_first_partition_key() or last,
            (days.time_window_for_partition_key(last).start - timedelta(days=LOOK_BACK_DAYS))
            .date()
            .isoformat(),
        )
        return dg.RunRequest(run_key=last, tags=range_tags(first, last))

    return daily_refresh
