"""Schedules at the very ticks that the daemon makes, also where the clocks change."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from nerdx_pipelines.automation import LOOK_BACK_DAYS, RECONCILED_DAYS
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.settings import Settings

# Where clocks change by an hour at night, by half an hour, at midnight (so that a day begins at
# 01:00), at midnight in the other hemisphere, from 01:00 to a second midnight, and never.
ZONES = (
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Santiago",
    "America/Havana",
    "Asia/Kolkata",
)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    """A real one, with SQLite on disk."""
    with dg.instance_for_test() as instance:
        yield instance


def ticks(schedule: dg.ScheduleDefinition, zone: str) -> list[datetime]:
    """When the daemon evaluates the schedule, from the first day's morning to the last one's."""
    begin = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=ZoneInfo(zone))
    end = datetime(LAST.year + 1, 1, 1, tzinfo=ZoneInfo(zone)).timestamp()
    assert schedule.execution_timezone == zone
    moments = schedule_execution_time_iterator(begin.timestamp(), str(schedule.cron_schedule), zone)
    return [at.astimezone(UTC) for at in takewhile(lambda at: at.timestamp() < end, moments)]


@cache
def changes(zone: str) -> list[datetime]:
    """Instants at which the clocks change, and one at which they do not."""
    clock = ZoneInfo(zone)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    hours = [begin + timedelta(minutes=30 * n) for n in range(48 * 365)]
    offsets = [at.astimezone(clock).utcoffset() for at in hours]
    steps = zip(hours[1:], offsets, offsets[1:], strict=False)
    changed = [at for at, old, new in steps if old != new]
    return [datetime(2026, 6, 10, tzinfo=UTC), *changed]


@cache
def definitions(zone: str) -> dg.Definitions:
    return build_defs(Settings(_env_file=None, NERDX_TIMEZONE=zone, NERDX_START_DATE="2025-06-01"))


def asked(
    schedule: dg.ScheduleDefinition, instance: dg.DagsterInstance, at: datetime
) -> dg.RunRequest:
    """The one run that a tick asks for."""
    with dg.build_schedule_context(instance, scheduled_execution_time=at) as context:
        (request,) = schedule.evaluate_tick(context).run_requests or []
        return request


def requests(
    zone: str, name: str, instance: dg.DagsterInstance, around: timedelta
) -> Iterator[tuple[datetime, dg.RunRequest]]:
    """The ticks around the clocks' changes, each with the one run it asks for."""
    schedule = definitions(zone).resolve_schedule_def(name)
    for at in ticks(schedule, zone):
        if any(abs(at - change) < around for change in changes(zone)):
            yield at, asked(schedule, instance, at)


@pytest.mark.parametrize("zone", ZONES)
def test_the_daemon_comes_once_a_night_and_every_hour(zone: str):
    defs = definitions(zone)
    for name in ("daily_refresh", "nightly_reconciliation"):
        nights = ticks(defs.resolve_schedule_def(name), zone)
        days = [at.astimezone(ZoneInfo(zone)).date() for at in nights]
        assert days == [FIRST + timedelta(days=n) for n in range(365)]
    hours = ticks(defs.resolve_schedule_def("hourly_changes"), zone)
    gaps = {later - earlier for earlier, later in pairwise(hours)}
    assert gaps == {timedelta(hours=1)}


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_is_yesterday_once(zone: str, instance: dg.DagsterInstance):
    assert len(changes(zone)) == (1 if zone == "Asia/Kolkata" else 3)
    found = list(requests(zone, "daily_refresh", instance, timedelta(days=2)))
    assert len({request.run_key for _, request in found}) == len(found) > 3
    for at, request in found:
        last = date.fromisoformat(request.tags[END])
        assert last == at.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
        assert last - date.fromisoformat(request.tags[START]) == timedelta(days=LOOK_BACK_DAYS)


@pytest.mark.parametrize("zone", ZONES)
def test_every_pull_of_changes_is_a_run_of_its_own(zone: str, instance: dg.DagsterInstance):
    hourly = [
        request for _, request in requests(zone, "hourly_changes", instance, timedelta(hours=4))
    ]
    assert len({request.run_key for request in hourly}) == len(hourly) >= 8
    assert all(not request.run_config for request in hourly)
    nightly = [
        request
        for _, request in requests(zone, "nightly_reconciliation", instance, timedelta(days=2))
    ]
    assert len({request.run_key for request in nightly}) == len(nightly) > 3
    for request in nightly:
        told = request.run_config["ops"]["shopify_order_changes"]["config"]
        assert told == {"look_back_days": RECONCILED_DAYS}


@pytest.mark.parametrize("nights", [1, LOOK_BACK_DAYS, 45])
def test_nights_that_were_missed_are_made_up_for(nights: int, tmp_path: Path):
    """The daemon evaluates only the last of missed ticks, of schedules without a partition set."""
    settings = Settings(
        _env_file=None, NERDX_TIMEZONE="Europe/Berlin", NERDX_START_DATE="2026-01-01"
    )
    seen = date(2026, 3, 1)
    schedule = build_defs(settings).resolve_schedule_def("daily_refresh")
    morning = datetime(2026, 3, 2, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        for day in (seen - timedelta(days=1), seen):
            instance.report_runless_asset_event(
                dg.AssetMaterialization("shopify_orders", partition=day.isoformat())
            )
        at = (morning + timedelta(days=nights)).astimezone(UTC)
        request = asked(schedule, instance, at)
    first, last = (date.fromisoformat(request.tags[end]) for end in (START, END))
    assert last == seen + timedelta(days=nights)
    assert first <= seen + timedelta(days=1)
    assert first == min(last - timedelta(days=LOOK_BACK_DAYS), seen + timedelta(days=1))
