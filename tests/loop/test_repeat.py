"""What a user may want again: by frequency, and by how readily others buy it again."""

from pathlib import Path

import pytest

from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.world import store
from tests.loop.shop import Shop, rebuild

MILK, LAMP = 1, 2


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def repeats(warehouse, shop, user=7):
    store(warehouse, shop)
    rows = rebuild(warehouse)["recommendations"]
    return [row[2:5] for row in rows if row[:2] == (user, "repeat")]


def one_customer() -> Shop:
    shop = Shop().sells(*range(1, 6))
    return shop.buys(7, 1, day=-200).buys(7, 2, 3, day=-3).buys(7, 3, day=-1)


@pytest.mark.parametrize("days", [1, 5000])
def test_time_that_passes_changes_no_score_of_who_buys_nothing(warehouse, days):
    before = repeats(warehouse, one_customer())
    assert [row[1] for row in before] == [3, 2, 1]
    assert before[0][2] == 1.0
    later = one_customer().buys(8, 5, day=days)
    assert repeats(warehouse, later) == before


@pytest.mark.parametrize(("others", "first"), [(100, MILK), (1, LAMP)])
def test_what_others_buy_again_is_before_what_they_buy_once_if_enough_do(warehouse, others, first):
    shop = Shop().sells(MILK, LAMP).buys(8, 3)  # the present
    for user in range(100, 100 + others):
        shop.buys(user, MILK, LAMP, day=-40).buys(user, MILK, day=-12)
    shop.buys(7, LAMP, day=-41).buys(7, MILK, day=-42)
    assert repeats(warehouse, shop)[0][1] == first
