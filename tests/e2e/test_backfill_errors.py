"""Backfills that cannot go well: a clear error, every day as it was or as it is to be, and mended.

Real runs over a real store, over HTTP; the disk is a small one.
"""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pydantic import SecretStr
from starlette.responses import Response

from nerdx_pipelines.assets import retries
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.refresh import told
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.assets.test_scopes import READ
from tests.assets.world import PULLS, ZONE, Follower, Shop, serving
from tests.demo.store.demo_shop import TOKEN
from tests.e2e.conftest import World
from tests.e2e.test_errors import told as told_by_command
from tests.shopify.faulty_shop import Asked, Fault, FaultyShop
from tests.shopify.faulty_shop import serving as serving_faults

FIRST, FIRST_ORDER, LAST = date(2026, 2, 26), date(2026, 3, 1), date(2026, 3, 6)
ORDERS = ["shopify_orders"]
FIGURES = ["journey_touches", "attribution_credits", "daily_sales", "content_daily"]
ALL = [*PULLS, "shopify_order_changes", "content_catalog", "touches", *FIGURES]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_PAUSE", 0)


def follower(url: str, root: Path, **values: Any) -> Follower:
    """A data dir that follows the shop at `url`, and waits for nothing."""
    made = Follower(Shop(url), root)
    client = ShopifyClient(url, SecretStr(TOKEN), "2026-10", attempts=2, sleep=lambda _: None)
    made.defs = build_defs(
        Settings(
            _env_file=None,
            NERDX_DATA_DIR=str(root),
            NERDX_TIMEZONE=ZONE,
            NERDX_START_DATE=FIRST,
            NERDX_END_DATE=LAST,
            NERDX_CONTENT_DIR=str(root / "content"),
            **values,
        ),
        {"shopify": dg.ResourceDefinition.hardcoded_resource(client)},
    )
    return made


def made(url: str, root: Path, assets: list[str]) -> Follower:
    """One that has made these assets for all days."""
    there = follower(url, root)
    there.run(assets, FIRST, LAST)
    return there


def error(result: dg.ExecuteInProcessResult) -> str:
    """What the one step that failed says to people."""
    assert not result.success
    failed = [each for each in result.all_node_events if each.is_step_failure]
    return told(failed[0].step_failure_data.error)


def test_days_before_the_first_order_are_empty_and_say_so(tmp_path: Path):
    with serving(tmp_path / "shop") as shop:
        early = follower(shop.url, tmp_path / "data")
        last = FIRST_ORDER - timedelta(days=2)
        result = early.run(ALL, FIRST, last)
        orders = [
            each
            for each in result.asset_materializations_for_node("shopify_orders")
            if each.asset_key == dg.AssetKey("shopify_orders")
        ]
        assert len(orders) == (last - FIRST).days + 1
        assert {each.metadata["dagster/partition_row_count"].value for each in orders} == {0}
        assert {each.metadata["pulled_objects"].value for each in orders} == {0}
        assert early.rows("SELECT count(*) FROM staging.orders") == [(0,)]
        early.run(ORDERS, FIRST, LAST)
        assert early.rows("SELECT count(*) FROM staging.orders") == [(40,)]


def test_days_to_come_are_refused(tmp_path: Path):
    with serving(tmp_path / "shop") as shop:
        there = made(shop.url, tmp_path / "data", ORDERS)
        before = by_day(there)
        line = error(there.run(ORDERS, LAST, LAST + timedelta(days=2), ok=False))
        assert line.startswith("2026-03-06 to 2026-03-08 is no range of days that have ended")
        assert "there are 2026-02-26 to 2026-03-06" in line
        assert by_day(there) == before
        world = World(tmp_path / "data")
        line = told_by_command(
            world.run(
                *("refresh", "--from", "2026-03-06", "--to", "2099-01-01"),
                SHOPIFY_SHOP_URL=shop.url,
                SHOPIFY_ACCESS_TOKEN=TOKEN,
                NERDX_TIMEZONE=ZONE,
                NERDX_START_DATE=str(FIRST),
            )
        )
        assert "2026-03-06 to 2099-01-01 is no range of days between" in line
        assert by_day(there) == before


def test_days_that_the_token_may_not_see(tmp_path: Path):
    with serving(tmp_path / "shop") as shop:
        there = made(shop.url, tmp_path / "data", ALL)
    before = there.figures()
    scopes = frozenset(READ) - {"read_all_orders"}
    with serving(tmp_path / "less", scopes=scopes) as shop:
        line = error(follower(shop.url, tmp_path / "data").run(ALL, FIRST, LAST, ok=False))
        assert "read_all_orders" in line
        assert str(FIRST - timedelta(days=1)) in line or str(FIRST) in line
        assert "install it again" in line
        assert there.figures() == before


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[FaultyShop]:
    (tmp_path / "shop").mkdir()
    # Refunds there are of other orders' lines, which only one load of all orders puts together.
    with serving_faults(tmp_path / "shop", rows="DELETE FROM refund_line_items;") as shop:
        yield shop


def by_day(there: Follower) -> dict[date, list[tuple[Any, ...]]]:
    """What is stored of each day: orders, lines and refunds."""
    found: dict[date, list[tuple[Any, ...]]] = {}
    with there.warehouse.inspect() as con:
        for table in ("orders", "order_lines", "refunds", "refund_lines"):
            rows = con.sql(f"SELECT order_day, * FROM staging.{table} ORDER BY ALL").fetchall()
            for day, *row in rows:
                found.setdefault(day, []).append((table, *row))
    return found


def change(url: str) -> None:
    """Orders of the first day and of the last change."""
    for order in (2001, 2038):
        Shop(url).change("refund", order_id=order, amount="1.00")


def test_a_shop_that_is_gone_half_way(faulty: FaultyShop, tmp_path: Path):
    there = follower(faulty.url, tmp_path / "data", NERDX_ROWS_AT_ONCE=20)
    there.run(ALL, FIRST, LAST)
    before = by_day(there)
    change(faulty.url)
    faulty.reset()
    follower(faulty.url, tmp_path / "probe", NERDX_ROWS_AT_ONCE=20).run(ORDERS, FIRST, LAST)
    answered = 0

    def plan(_: Asked) -> Fault:
        nonlocal answered
        answered += 1
        return Response(status_code=503) if answered > half else None

    half = len(faulty.asked) // 2
    faulty.reset(plan)
    line = error(there.run(ORDERS, FIRST, LAST, ok=False))
    assert line.startswith(f"{faulty.url} gave no usable answer")
    assert "HTTP 503" in line
    assert "Check the network and SHOPIFY_SHOP_URL, then run it again" in line
    between = by_day(there)
    faulty.reset()
    clean = made(faulty.url, tmp_path / "clean", ALL)
    after = by_day(clean)
    assert between.keys() == before.keys() == after.keys()
    assert all(rows in (before[day], after[day]) for day, rows in between.items())
    changed = sorted(day for day in before if before[day] != after[day])
    news = [between[day] == after[day] for day in changed]
    assert (news[0], news[-1]) == (True, False)
    there.run(ALL, FIRST, LAST)
    assert by_day(there) == after
    assert there.figures() == clean.figures()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 80 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", disk], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no small file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.parametrize("left", [0, 16 * 1024], ids=["nothing", "a little"])
def test_a_disk_that_fills_up(disk: Path, tmp_path: Path, left: int):
    with serving(tmp_path / "shop") as shop:
        there = made(shop.url, disk / "data", ORDERS)
        before = by_day(there)
        change(shop.url)
        filler = disk / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(disk).free - left))
        line = error(there.run(ORDERS, FIRST, LAST, ok=False))
        assert "No space left on device" in line
        assert str(disk) in line
        filler.unlink()
        assert by_day(there) == before
        there.run(ORDERS, FIRST, LAST)
        assert by_day(there) == by_day(made(shop.url, tmp_path / "clean", ORDERS)) != before
