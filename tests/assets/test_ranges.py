"""A range of days in parts: the same tables as in one, and a run that failed is gone on with."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from nerdx_pipelines.assets import days, shopify
from nerdx_pipelines.warehouse.days import parts, spans
from tests.assets.world import FIGURES, FIRST, LAST, PULLS, Follower, Shop, serving
from tests.demo.store.demo_shop import SHOP

ALL = [*PULLS, "content_catalog", "touches", *FIGURES]
ROWS = 60  # at once, of a shop of some 40 orders and touches
# With refunds of lines of their own orders, as in any real shop: here days are pulled apart.
SOLD = SHOP.replace("2000 + i, '2026-03-20", "2000 + i + 4 * (i < 36)::INT, '2026-03-20").replace(
    "l.order_id = r.order_id + 4", "l.order_id = r.order_id"
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with serving(tmp_path_factory.mktemp("store"), SOLD) as shop:
        yield shop


def pulled(root: Path) -> dict[tuple[date, date], int]:
    """The spans of days whose orders were pulled, each with the time it was written."""
    files = [f for f in (root / "raw" / "orders").glob("*.jsonl") if f.stem.count(".") == 0]
    found = {tuple(map(date.fromisoformat, f.stem.split("_"))): f.stat().st_mtime_ns for f in files}
    return {(first, last): at for (first, last), at in sorted(found.items())}


def test_parts_give_the_same_tables(shop: Shop, tmp_path: Path) -> None:
    whole = Follower(shop, tmp_path / "whole")
    whole.run(ALL)
    by_parts = Follower(shop, tmp_path / "parts", rows_at_once=ROWS)
    by_parts.run(ALL)

    assert list(pulled(whole.root)) == [(FIRST, LAST)]
    asked = list(pulled(by_parts.root))
    assert len(asked) > 2
    assert (asked[0][0], asked[-1][1]) == (FIRST, LAST)
    assert all(after[0] - before[1] == timedelta(days=1) for before, after in pairwise(asked))
    assert by_parts.figures() == whole.figures()
    assert by_parts.rows("FROM staging.range_progress") == []
    assert by_parts.rows("FROM staging.pending_days") == []


def test_pull_goes_on_where_a_run_ended(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = Follower(shop, tmp_path / "clean")
    clean.run(ALL)
    broken = Follower(shop, tmp_path / "broken", rows_at_once=ROWS)
    with monkeypatch.context() as patch:
        patch.setattr(shopify, "pull_range", failing_after(2, shopify.pull_range))
        broken.run(ALL, ok=False)
    before = pulled(broken.root)
    assert len(before) == 2
    ((done,),) = broken.rows("SELECT done_day FROM staging.range_progress")
    assert done == max(last for _, last in before)
    ((newest,),) = broken.rows("SELECT max(order_day) FROM staging.orders")
    assert newest <= done

    broken.run(ALL)
    after = pulled(broken.root)
    assert {span: after[span] for span in before} == before  # not asked for again
    assert broken.figures() == clean.figures()
    assert broken.rows("FROM staging.range_progress") == []


def test_credits_go_on_where_a_run_ended(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = Follower(shop, tmp_path / "clean")
    clean.run(ALL)
    broken = Follower(shop, tmp_path / "broken", rows_at_once=ROWS)
    broken.run([*PULLS, "content_catalog", "touches", "journey_touches"])
    made: list[list[date]] = []
    original = days.run

    def noting(con: Any, name: str, **about: Any) -> None:
        if name == "days/part":
            made.append(about["part"])
            if len(made) == 3:
                raise RuntimeError("killed")
        original(con, name, **about)

    monkeypatch.setattr(days, "run", noting)
    broken.run(["attribution_credits"], ok=False)
    assert len(made) == 3
    stored = {day for part in made[:2] for day in part}
    made.append([])  # so that no later part is the third
    broken.run(["attribution_credits"])
    again = {day for part in made[4:] for day in part}
    assert not stored & again
    assert stored | again >= {FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)}
    broken.run(["daily_sales", "content_daily"])
    assert broken.figures() == clean.figures()


def failing_after(times: int, original: Callable[..., Any]) -> Callable[..., Any]:
    left = [times]

    def call(*given: Any, **named: Any) -> Any:
        if not left[0]:
            raise RuntimeError("the line went dead")
        left[0] -= 1
        return original(*given, **named)

    return call


def test_parts_are_as_large_as_they_may_be() -> None:
    day = [FIRST + timedelta(days=n) for n in range(6)]
    sizes = list(zip(day, (3, 4, 9, 0, 1, 2), strict=True))
    assert parts(sizes, 7) == [day[:2], [day[2]], day[3:]]
    assert parts(sizes, 100) == [day]
    assert parts([], 7) == [[]]


def test_spans_leave_no_day_out() -> None:
    for length in range(1, 12):
        last = FIRST + timedelta(days=length - 1)
        for number in range(14):
            found = spans(FIRST, last, number)
            covered = [a + timedelta(days=n) for a, b in found for n in range((b - a).days + 1)]
            assert covered == [FIRST + timedelta(days=n) for n in range(length)]
            assert len(found) == max(1, min(number, length))
