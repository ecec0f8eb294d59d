"""An event that its folder moves to another day is there once, whichever days are run again."""

from datetime import date
from pathlib import Path

import pytest

from tests.assets.world import Follower, Shop

OLD, NEW = date(2026, 3, 1), date(2026, 3, 8)


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    follower = Follower(Shop("http://127.0.0.1:9"), tmp_path / "data")  # which nobody asks
    follower.run(["content_catalog", "touches"])
    with follower.warehouse.write() as con:
        con.execute("DELETE FROM staging.changed_days")
    return follower


def move(follower: Follower) -> None:
    """The folder says of e0 that it happened a week later."""
    file = follower.root / "content" / "touches.csv"
    told = file.read_text("utf-8")
    assert "2026-03-01T00:00:00Z" in told
    file.write_text(told.replace("2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z"), "utf-8")


def stored(follower: Follower) -> list[tuple[str, date]]:
    return follower.rows("SELECT event_id, touch_day FROM staging.touches ORDER BY ALL")


def changed(follower: Follower) -> set[date]:
    return {day for (day,) in follower.rows("SELECT day FROM staging.changed_days")}


def test_the_day_it_went_to_is_run(follower: Follower):
    before = dict(stored(follower))
    move(follower)
    follower.run(["touches"], NEW, NEW)  # with the check that each event is stored once
    assert stored(follower) == sorted((before | {"e0": NEW}).items())
    assert changed(follower) == {OLD, NEW}
    follower.run(["touches"], OLD, OLD)
    assert stored(follower) == sorted((before | {"e0": NEW}).items())


def test_the_day_it_left_is_run_first(follower: Follower):
    before = dict(stored(follower))
    move(follower)
    follower.run(["touches"], OLD, OLD)
    assert "e0" not in dict(stored(follower))
    follower.run(["touches"], NEW, NEW)
    assert stored(follower) == sorted((before | {"e0": NEW}).items())


def test_other_days_are_left_alone_where_nothing_moved(follower: Follower):
    before = stored(follower)
    follower.run(["touches"], NEW, NEW)
    assert stored(follower) == before
    assert changed(follower) == set()
