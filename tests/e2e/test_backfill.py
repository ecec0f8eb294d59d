"""Two years, asked for in the Dagster UI, killed twice, gone on with, and read all the while."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from tests.e2e.backfill import PATIENCE, Analyst, Page, go_on_with, goes_on, kill_run, run_of
from tests.e2e.conftest import World
from tests.e2e.live import Live, generated, ok
from tests.report.report_browser import Browser, started

ORDERS, DAYS = 800, 730
PARTS = 200  # rows at once: some twenty parts of orders
DAILY = ("shopify_orders", "touches", "attribution_credits", "daily_sales")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with started(tmp_path_factory.mktemp("chromium")) as browser:
        browser.driver.set_window_size(1500, 1000)
        yield browser


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A store of two years, of which a data dir has the last week."""
    more = {"NERDX_TIMEZONE": "Australia/Sydney", "NERDX_ROWS_AT_ONCE": str(PARTS)}
    with generated(tmp_path, ORDERS, DAYS, **more) as (live, last):
        ok(live, "refresh", "--from", str(last - timedelta(6)))
        yield live
        ok(live, "down")


def test_two_years_killed_and_gone_on_with_are_those_of_a_clean_run(
    live: Live, browser: Browser, tmp_path: Path
):
    with Analyst(live.world) as analyst:
        with live.dagster() as url:
            page = Page(browser, url)
            page.open("/locations/nerdx_pipelines/jobs/refresh/partitions", "Total partitions")
            page.click("Materialize").click("Show all partitions").click("All", exact=True)
            page.see(f"{DAYS} partitions").click("Launch backfill", exact=True)

            first = run_of(live)
            page.open(f"/runs/{first.run_id}", "stored, part 3 of")
            page.picture(tmp_path / "progress.png")
            kill_run(live, first)
            second = run_of(live, parent=first.run_id)  # by itself
            page.open(f"/runs/{second.run_id}", "stored, part 3 of")
            page.picture(tmp_path / "again.png")
            live.kill_dagster()  # in the middle of the second one
        with live.dagster() as url:
            page = Page(browser, url)
            third = go_on_with(page, live, second)
            live.until(lambda: third.run_id in succeeded(live), True, PATIENCE)
            page.open(f"/runs/{third.run_id}", "Success")
            page.picture(tmp_path / "done.png")
            for asset in DAILY:
                page.open(f"/assets/{asset}?view=partitions", f"Materialized ({DAYS})")
            page.picture(tmp_path / "partitions.png")

    assert not goes_on(live, first)
    assert goes_on(live, second) or goes_on(live, third)  # not both were killed between two steps
    assert_read_well(analyst)

    clean = World(tmp_path / "clean")
    ok(Live(clean, live.environment | {"NERDX_DATA_DIR": str(clean.data_dir)}), "refresh")
    try:
        assert published(live.world) == published(clean)
        ours, theirs = live.world.contents(), clean.contents()
        assert len(theirs["staging.orders"]) == ORDERS
        assert [table for table in theirs if ours.pop(table) != theirs[table]] == []
        assert ours == {}
    finally:
        ok(Live(clean, live.environment | {"NERDX_DATA_DIR": str(clean.data_dir)}), "down")


def succeeded(live: Live) -> list[str]:
    """The ids of the runs that came to their end."""
    records = live.runs("refresh", dg.DagsterRunStatus.SUCCESS)
    return [record.dagster_run.run_id for record in records]


def assert_read_well(analyst: Analyst) -> None:
    """No read failed, and each was of one moment: a week's or two years' figures, adding up."""
    assert analyst.errors == []
    assert len(analyst.read) > 10
    for set_ in analyst.read:
        assert set_["by_day"] == set_["by_part"] == set_["in_all"], set_
        attributed = (set_["attributed_by_content"], set_["attributed_in_all"])
        assert attributed == (set_["attributed_by_day"],) * 2, set_
    assert analyst.read[0]["days"] < analyst.read[-1]["days"]
    assert all(staged["orders"] == staged["with_lines"] for staged in analyst.staged)
    seen = sorted({staged["orders"] for staged in analyst.staged})
    assert seen[0] < 50
    assert seen[-1] == ORDERS
    assert len(seen) > 3  # parts of the range, one after the other


def published(world: World) -> dict[str, list[tuple]]:
    """Every row of every table that analysts open."""
    with duckdb.connect(world.data_dir / "kpi.duckdb", read_only=True) as con:
        tables = con.sql("SELECT table_name FROM duckdb_tables()").fetchall()
        return {name: con.sql(f"FROM {name} ORDER BY ALL").fetchall() for (name,) in tables}
