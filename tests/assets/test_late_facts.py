"""Facts that come late, by single days and in any order: their days are made anew, and no others.

Which days a fact touches is said here in plain Python, from the definition: those of the purchases
whose window it falls into, before or after, and what is counted on a day of its own. What the
ledger makes of the same facts in SQL alone is in `tests/attribution/test_late_facts.py`.
"""

import csv
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from nerdx_pipelines.assets import days
from nerdx_pipelines.files import replacing
from tests.assets.world import CHANGES, CONTENT, FIGURES, FIRST, LAST, ZONE, Follower, Shop, serving

WINDOW = timedelta(days=7)
ROUNDS = 2
COLUMNS = ("event_id", "user_id", "anonymous_id", "content_id", "touch_type", "touched_at")
Days = set[date]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with serving(tmp_path / "shop") as shop:
        yield shop


class Late:
    """A follower with a folder of content to which facts are added."""

    def __init__(self, shop: Shop, root: Path, dice: random.Random) -> None:
        self.follower, self.shop, self.dice = Follower(shop, root), shop, dice
        self.touches = [dict(row) for row in CONTENT["touches"]]
        self.features = [dict(row) for row in CONTENT["content_products"]]
        self.identities: list[dict[str, Any]] = []
        self.to_run: list[tuple[list[str], date]] = []

    def write(self, follower: Follower) -> None:
        """The folder as it is by now."""
        tables = {
            "touches": (COLUMNS, self.touches),
            "content_products": (("content_id", "product_id"), self.features),
            "identities": (("anonymous_id", "customer_id"), self.identities),
        }
        for name, (columns, rows) in tables.items():
            with (
                replacing(follower.root / "content" / f"{name}.csv") as fresh,
                fresh.open("w", newline="", encoding="utf-8") as file,
            ):
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                writer.writerows(rows)

    # Each returns the days that the fact touches, as far as they are known before it is stored.

    def touch(self) -> Days:
        """A view that nobody had told of."""
        return self._touch(user_id=self.dice.choice([500, 501, 502]))

    def anonymous_touch(self) -> Days:
        """One by somebody who may become known, or is."""
        return self._touch(anonymous_id=self.dice.choice("ab"))

    def identity(self) -> Days:
        """Somebody turns out to be a customer."""
        unknown = {"a", "b"} - {row["anonymous_id"] for row in self.identities}
        if not unknown:
            return set()
        name, customer = self.dice.choice(sorted(unknown)), self.dice.choice([500, 502])
        self.identities.append({"anonymous_id": name, "customer_id": customer})
        self.to_run.append((["content_catalog"], LAST))
        touched = [t for t in self.touches if t.get("anonymous_id") == name]
        return {day for t in touched for day in self._around(instant(t["touched_at"]), customer)}

    def feature(self) -> Days:
        """A content features a product no longer."""
        gone = self.features.pop(self.dice.randrange(len(self.features)))
        self.to_run.append((["content_catalog"], LAST))
        sold = f"FROM staging.live_lines WHERE product_id = {gone['product_id']}"
        return {day for (day,) in self.follower.rows(f"SELECT DISTINCT order_day {sold}")}

    def refund(self) -> Days:
        """Money goes back, today."""
        order, day = self._order()
        self.shop.change("refund", order_id=order, amount="0.25")
        self.to_run.append((CHANGES, LAST))
        return {day, datetime.now(ZoneInfo(ZONE)).date(), *self._own_days(order)}

    def edit(self) -> Days:
        """A line is added to an order."""
        order, day = self._order()
        self.shop.change("edit_order", order_id=order, add=[{"variant_id": 1010}])
        self.to_run.append((CHANGES, LAST))
        return {day, *self._own_days(order)}

    def _touch(self, **who: Any) -> Days:
        at = datetime(2026, 3, self.dice.randint(1, 8), self.dice.randint(0, 23), 17, tzinfo=UTC)
        what = {"content_id": self.dice.choice(["vid", "post"]), "touch_type": "view"}
        name = f"late{len(self.touches)}"
        self.touches.append({"event_id": name, "touched_at": at.isoformat(), **what, **who})
        self.to_run.append((["touches"], shop_day(at)))
        known = {row["anonymous_id"]: row["customer_id"] for row in self.identities}
        return self._around(at, who.get("user_id") or known.get(who["anonymous_id"]))

    def _around(self, at: datetime, customer: int | None) -> Days:
        bought = self.follower.rows(
            "SELECT processed_at, order_day FROM staging.orders WHERE customer_id ="
            f" {customer or 0}"
        )
        return {shop_day(at)} | {day for t, day in bought if at - WINDOW <= t < at + WINDOW}

    def _order(self) -> tuple[int, date]:
        found = self.follower.rows(
            "SELECT DISTINCT order_id, order_day FROM staging.live_lines"
            " WHERE returned_quantity = 0 ORDER BY 1"
        )
        order, day = self.dice.choice(found)
        return order, day

    def _own_days(self, order: int) -> Days:
        """Of what was given back before: it is told anew with its order."""
        given = f"SELECT created_at FROM staging.refunds WHERE order_id = {order}"
        return {shop_day(at) for (at,) in self.follower.rows(given)}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def shop_day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(ZONE)).date()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The days that the tables made of days have made."""
    found: list[date] = []
    original = days.run

    def noting(con: Any, name: str, **about: Any) -> None:
        if name == "days/part":
            found.extend(about["part"])
        original(con, name, **about)

    monkeypatch.setattr(days, "run", noting)
    return found


@pytest.mark.parametrize("seed", range(2))
def test_late_facts_make_their_days_anew_and_no_others(
    shop: Shop, tmp_path: Path, made: list[date], seed: int
):
    dice = random.Random(seed)
    late = Late(shop, tmp_path / "data", dice)
    late.write(late.follower)
    late.follower.backfill()
    kinds = [late.touch, late.anonymous_touch, late.identity, late.feature, late.refund, late.edit]
    for _ in range(ROUNDS):
        expected = {LAST}
        for happen in dice.choices(kinds, k=4):
            expected |= happen()
        late.write(late.follower)
        dice.shuffle(late.to_run)
        for assets, day in late.to_run:
            late.follower.run(assets, day, day)
        late.to_run.clear()
        made.clear()
        late.follower.run(FIGURES, LAST, LAST)
        assert set(made) == expected
        assert FIRST not in made  # nothing happened within a week of it
        assert late.follower.rows("FROM staging.changed_days") == []

    fresh = Follower(shop, tmp_path / "fresh")
    late.write(fresh)
    fresh.backfill()
    ours, theirs = late.follower.figures(), fresh.figures()
    for table in theirs:
        assert ours[table] == theirs[table], table
