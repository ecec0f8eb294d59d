"""The daily partitions: one a calendar day in the shop's time zone.

What belongs to which day is decided in SQL (`shop_day`, of the same clocks:
`warehouse/zones.py`); this module only tells Dagster which days there are, and
which days of one asset another one needs.
"""

import warnings
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.settings import Settings


def daily_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    """Days from `start_date` to `end_date`, or to yesterday where the data go on."""
    zone = ZoneInfo(settings.timezone)
    end = settings.end_date
    today = datetime.now(zone).date()
    return dg.DailyPartitionsDefinition(
        start_date=settings.start_date.isoformat(),
        end_date=(end + timedelta(days=1)).isoformat() if end else None,
        timezone=settings.timezone,
        # A data set may reach into today or beyond; Dagster stops at now by default.
        end_offset=max(0, (end - today).days + 1) if end else 0,
    )


def window_before(days: int) -> dg.TimeWindowPartitionMapping:
    """A day needs this many days before it: touches may precede their purchase by so much."""
    with warnings.catch_warnings():
        # The first days have fewer days before them; the parameter that allows it is in beta.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.TimeWindowPartitionMapping(
            start_offset=-days, allow_nonexistent_upstream_partitions=True
        )


def selected_days(context: dg.AssetExecutionContext) -> tuple[date, date]:
    """First and last day of the run, both included.

    Raises ConfigError where the run was given days that there are not: Dagster does not look.
    """
    keys = context.partition_key_range
    days = context.assets_def.partitions_def
    first, last = (
        (days.get_first_partition_key(), days.get_last_partition_key()) if days else ("", "")
    )
    if not first or not last or not first <= keys.start <= keys.end <= last:
        raise ConfigError(
            f"{keys.start} to {keys.end} is no range of days that have ended: there are {first} "
            f"to {last}. Choose among these, or set NERDX_START_DATE or NERDX_END_DATE."
        )
    return date.fromisoformat(keys.start), date.fromisoformat(keys.end)


def day_bounds(first: date, last: date, timezone: str) -> tuple[datetime, datetime]:
    """UTC instants at which `first` begins and the day after `last` begins, in `timezone`."""
    zone = ZoneInfo(timezone)

    def midnight(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

    return midnight(first), midnight(last + timedelta(days=1))
