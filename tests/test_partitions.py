"""A day is one in the shop's zone, of 23, 24 or 25 hours: for Dagster, the pull and the tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import dagster as dg
import duckdb
import pytest
from hypothesis import example, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from nerdx_pipelines.automation import range_tags
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.partitions import daily_partitions, day_bounds
from nerdx_pipelines.resources.shopify import ShopifyResource
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.zones import shop_days
from tests.demo.store.demo_shop import SHOP, TOKEN, running, write_store

# The day on which the clocks go forward in 2026, and the one on which they go back; the hours of
# both. By half an hour; at midnight, so that the day begins at 01:00; never.
CHANGES = {
    "Europe/Berlin": {date(2026, 3, 29): 23, date(2026, 10, 25): 25},
    "Australia/Lord_Howe": {date(2026, 10, 4): 23.5, date(2026, 4, 5): 24.5},
    "Africa/Cairo": {date(2026, 4, 24): 23, date(2026, 10, 29): 25},
    "America/Santiago": {date(2026, 9, 6): 23, date(2026, 4, 4): 25},
    "Asia/Kolkata": {date(2026, 3, 29): 24, date(2026, 10, 25): 24},
}
# Zones whose laws changed so lately that DuckDB and this machine may know different ones.
LATELY = {"America/Vancouver": (date(2026, 3, 8), date(2026, 11, 4))}
DISPUTED = ("America/Vancouver", "America/Winnipeg", "Africa/Casablanca", "Europe/Chisinau")
FIRST, LAST = date(2026, 3, 1), date(2026, 11, 10)
ONE, DAY = timedelta(seconds=1), timedelta(days=1)


def local_day(instant: datetime, zone: str) -> date:
    """The day by the clock on the wall, by Python's own reckoning."""
    return instant.astimezone(ZoneInfo(zone)).date()


def steps(zone: str, day: date) -> Iterator[datetime]:
    """Every quarter of an hour from noon of the day before to noon of the day after."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return (noon + timedelta(minutes=15 * n) for n in range(-96, 97))


def instants() -> list[datetime]:
    """Around every midnight and every change of the clocks, of all these zones: to the second."""
    found = set()
    for zone, days in {**CHANGES, **LATELY}.items():
        clock = ZoneInfo(zone)
        for day in days:
            for before, at in pairwise(steps(zone, day)):
                offset = at.astimezone(clock).utcoffset() != before.astimezone(clock).utcoffset()
                if offset or local_day(before, zone) != local_day(at, zone):
                    found |= {at - ONE, at, at + ONE, at + timedelta(minutes=30), before}
    return sorted(found)


@dataclass(frozen=True)
class Shop:
    """A running store, and when its orders were made, by id."""

    url: str
    orders: dict[int, datetime]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    orders = dict(enumerate(instants(), 1))
    rows = SHOP
    for number, at in orders.items():
        rows += f"""
        INSERT INTO orders BY NAME
        SELECT * REPLACE ({number} AS id, '#{number}' AS name, TIMESTAMPTZ '{at}' AS created_at,
            TIMESTAMPTZ '{at}' AS processed_at, TIMESTAMPTZ '{at}' AS updated_at)
        FROM orders WHERE id = 2001;
        INSERT INTO line_items BY NAME
        SELECT * REPLACE ({number} AS id, {number} AS order_id) FROM line_items WHERE id = 3010;
        """
    rows += "DELETE FROM refunds; DELETE FROM refund_line_items; DELETE FROM order_visits;"
    rows += "DELETE FROM line_items WHERE order_id >= 2000; DELETE FROM orders WHERE id >= 2000;"
    app = create_app(
        write_store(folder / "store.duckdb", rows),
        token=TOKEN,
        files_dir=folder / "bulk",
        bucket=1e9,
        restore=1e9,
    )
    with running(app) as url:
        yield Shop(url, orders)


@dataclass
class Follower:
    """A data dir that takes the shop's days to be those of one zone."""

    shop: Shop
    root: Path
    zone: str

    def __post_init__(self) -> None:
        settings = Settings(
            _env_file=None,
            NERDX_DATA_DIR=str(self.root),
            NERDX_TIMEZONE=self.zone,
            NERDX_START_DATE=FIRST,
            NERDX_END_DATE=LAST,
        )
        shopify = ShopifyResource(shop_url=self.shop.url, access_token=TOKEN)
        defs = build_defs(settings, {"shopify": shopify})
        wanted = dg.AssetSelection.assets("shopify_orders").required_multi_asset_neighbors()
        graph = defs.resolve_asset_graph()
        self.job = defs.resolve_implicit_global_asset_job_def().get_subset(
            asset_selection=wanted.resolve(graph)
        )
        self.warehouse = Warehouse(settings.warehouse_path, self.zone)

    def pull(self, first: date, last: date) -> dict[str, int]:
        """Materialize the orders of these days; how many rows each day has, as Dagster is told."""
        with dg.DagsterInstance.ephemeral() as instance:
            tags = range_tags(first.isoformat(), last.isoformat())
            assert self.job.execute_in_process(instance=instance, tags=tags).success
            told = instance.fetch_materializations(dg.AssetKey("shopify_orders"), limit=1000)
            return {
                str(each.partition_key): int(
                    str(each.asset_materialization.metadata["dagster/partition_row_count"].value)
                )
                for each in told.records
                if each.asset_materialization
            }

    def days(self) -> dict[int, date]:
        """The day that each stored order belongs to, and its line."""
        with self.warehouse.read() as con:
            orders = con.execute("SELECT order_id, order_day FROM staging.orders").fetchall()
            lines = con.execute("SELECT order_id, order_day FROM staging.order_lines").fetchall()
        assert sorted(orders) == sorted(lines)
        return dict(orders)


def expected(shop: Shop, zone: str, *days: date) -> dict[int, date]:
    """Orders of these days, or of all."""
    found = {number: local_day(at, zone) for number, at in shop.orders.items()}
    return {number: day for number, day in found.items() if not days or day in days}


@pytest.mark.parametrize("zone", [*CHANGES, *LATELY])
def test_orders_belong_to_the_day_on_the_wall(shop: Shop, tmp_path: Path, zone: str):
    follower = Follower(shop, tmp_path, zone)
    days = sorted({**CHANGES, **LATELY}[zone])
    told = {}
    for day in days:  # a partition each, the day before and after still to come
        told |= follower.pull(day, day)
        assert told[day.isoformat()] == len(expected(shop, zone, day)) > 0
    assert follower.days() == expected(shop, zone, *days)
    around = [day + n * DAY for day in days for n in (-2, -1, 0, 1, 2)]
    ranges: dict[str, int] = {}
    for day in days:  # what is there is replaced, not doubled
        ranges |= follower.pull(day - 2 * DAY, day + 2 * DAY)
    assert follower.days() == expected(shop, zone, *around)
    assert sum(ranges.values()) == len(expected(shop, zone, *around))
    assert {day: ranges[day] for day in told} == told


@pytest.mark.parametrize("zone", CHANGES)
def test_days_are_as_long_as_they_are(zone: str):
    for day, hours in CHANGES[zone].items():
        start, end = day_bounds(day, day, zone)
        assert (end - start) == timedelta(hours=hours)
        assert (local_day(start - ONE, zone), local_day(start, zone)) == (day - DAY, day)
        assert (local_day(end - ONE, zone), local_day(end, zone)) == (day, day + DAY)


ANY_ZONE = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
SECONDS = [int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2015, 2028)]
ANY_TIME = st.integers(*SECONDS).map(lambda second: datetime.fromtimestamp(second, UTC))


@budget(deadline=None, max_examples=100)
@given(zone=ANY_ZONE, at=ANY_TIME)
@example(zone="Africa/Cairo", at=datetime(2026, 4, 23, 22, tzinfo=UTC))
@example(zone="America/Havana", at=datetime(2026, 11, 1, 4, 30, tzinfo=UTC))
def test_each_instant_is_in_one_day_for_everybody(zone: str, at: datetime):
    day = local_day(at, zone)
    start, end = day_bounds(day, day, zone)
    assert start <= at < end  # what the pull asks the shop for
    assert day_bounds(day + DAY, day + DAY, zone)[0] == end
    days = daily_partitions(
        Settings(
            _env_file=None,
            NERDX_TIMEZONE=zone,
            NERDX_START_DATE=day - 2 * DAY,
            NERDX_END_DATE=day + 2 * DAY,
        )
    )
    window = days.time_window_for_partition_key(day.isoformat())
    # As instants: Python never takes a midnight that the clocks leap over to equal one in UTC.
    assert [each.timestamp() for each in window[:2]] == [start.timestamp(), end.timestamp()]


@pytest.fixture(scope="module")
def bare() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        yield con


@budget(deadline=None, max_examples=30)
@given(zone=ANY_ZONE | st.sampled_from(DISPUTED), times=st.lists(ANY_TIME, min_size=1))
@example(zone="America/Vancouver", times=[datetime(2026, 12, 1, 7, 30, tzinfo=UTC)])
@example(zone="America/Winnipeg", times=[datetime(2026, 12, 1, 5, 30, tzinfo=UTC)])
@example(zone="Africa/Casablanca", times=[datetime(2026, 12, 1, 23, 30, tzinfo=UTC)])
def test_tables_go_by_the_same_clocks(
    bare: duckdb.DuckDBPyConnection, zone: str, times: list[datetime]
):
    bare.execute(sql("macros"))
    bare.execute(f"SET VARIABLE timezone = '{zone}'")
    if own := shop_days(zone):
        bare.execute(own)
    listed = ", ".join(f"TIMESTAMPTZ '{at.isoformat()}'" for at in times)
    found = bare.execute(f"SELECT shop_day(t) FROM (SELECT unnest([{listed}]) AS t)").fetchall()
    assert [day for (day,) in found] == [local_day(at, zone) for at in times]
