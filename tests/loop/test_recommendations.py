import random
from pathlib import Path

import pytest

from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.world import store
from tests.loop.shop import GIVEN_BACK, Shop, at, lists, rebuild

LAMP, BULB, SHADE, DESK, CHAIR = 1, 2, 3, 4, 5


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def two_circles() -> Shop:
    """Ten buy lamps with bulbs, some a shade; ten others buy desks with chairs."""
    shop = Shop().sells(LAMP, BULB, SHADE, DESK, CHAIR)
    for user in range(10):
        shop.buys(100 + user, LAMP, BULB, *[SHADE][: user % 2], day=-9)
        shop.buys(200 + user, DESK, CHAIR, *[SHADE][: user < 3], day=-9)
    return shop.buys(7, DESK, day=-5)


def recommend(warehouse, shop):
    store(warehouse, shop)
    return rebuild(warehouse)


def test_a_purchase_leaves_discovery_lifts_its_neighbours_and_a_refund_restores_all(warehouse):
    before = recommend(warehouse, two_circles())
    assert lists(before, "discovery")[7] == [CHAIR, SHADE]

    bought = recommend(warehouse, two_circles().buys(7, LAMP, day=1))
    assert lists(bought, "discovery")[7] == [BULB, CHAIR, SHADE]
    assert lists(bought, "repeat")[7] == [LAMP, DESK]

    refunded = recommend(warehouse, two_circles().buys(7, LAMP, day=1, **GIVEN_BACK))
    assert refunded == before  # every row, score and instant of every user


def test_a_cancelled_or_test_order_changes_nothing_either(warehouse):
    before = recommend(warehouse, two_circles())
    shop = two_circles().buys(7, LAMP, day=1).buys(8, LAMP, day=1)
    shop.tables["staging.orders"][-2]["cancelled_at"] = at(1)
    shop.tables["staging.orders"][-1]["test"] = True
    assert recommend(warehouse, shop) == before


def test_rows_do_not_depend_on_the_order_of_facts(warehouse):
    shop = two_circles().shows("look", LAMP, creator="Zoë").watches(8, "look").watches(9, "look")
    before = recommend(warehouse, shop)
    for rows in shop.tables.values():
        random.Random(3).shuffle(rows)
    assert recommend(warehouse, shop) == before
    assert rebuild(warehouse) == before


@pytest.mark.parametrize(
    ("status", "stock", "listed"),
    [
        ("ACTIVE", [], True),
        ("ACTIVE", [None], True),
        ("ACTIVE", [0, 3], True),
        ("ACTIVE", [0, None], True),
        ("ACTIVE", [0, -2], False),
        ("ARCHIVED", [5], False),
        ("DRAFT", [], False),
    ],
)
def test_only_what_can_be_sold_is_recommended(warehouse, status, stock, listed):
    shop = two_circles().shows("look", CHAIR).watches(9, "look")
    for product in shop.tables["staging.products"]:
        if product["product_id"] == CHAIR:
            product["status"] = status
    for variant, quantity in enumerate(stock):
        shop.add(
            "staging.product_variants",
            variant_id=variant,
            product_id=CHAIR,
            inventory_quantity=quantity,
        )
    rows = recommend(warehouse, shop)
    assert (CHAIR in lists(rows, "discovery")[7]) == listed
    assert (CHAIR in lists(rows, "repeat")[200]) == listed
    assert (CHAIR in lists(rows, "cold_start")[9]) == listed


def test_a_product_that_the_catalogue_does_not_know_is_evidence_but_no_advice(warehouse):
    shop = two_circles().buys(7, 99).buys(8, 99, LAMP)
    found = lists(recommend(warehouse, shop), "discovery")
    assert LAMP in found[7]
    assert all(99 not in products for products in found.values())


def test_repeat_is_by_frequency_that_fades(warehouse):
    shop = Shop().sells(1, 2, 3, 4)
    shop.buys(7, 1, day=-180).buys(7, 1, day=-180).buys(7, 2)  # 1/4 + 1/4 against 1
    shop.buys(7, 4, 4, quantity=9).buys(7, 3)  # one order each: units and lines do not count
    rows = recommend(warehouse, shop)
    assert [(r[3], r[4]) for r in rows["recommendations"] if r[1] == "repeat"] == [
        (2, 1.0),
        (3, 1.0),
        (4, 1.0),
        (1, 0.5),
    ]


def test_those_who_only_watched_get_what_suits_their_taste_then_what_is_popular(warehouse):
    shop = Shop().sells(1, 2, 3, product_type="lamp").sells(4, 5, 6, product_type="desk")
    shop.buys(1, 5).buys(1, 2).buys(2, 5).buys(2, 3).buys(3, 3)
    shop.shows("look", 4).shows("empty").watches(8, "look").watches(9, "empty")
    rows = recommend(warehouse, shop)
    assert lists(rows, "cold_start") == {
        8: [5, 4, 6, 3, 2, 1],  # desks first, by buyers and then by id
        9: [3, 5, 2, 1, 4, 6],
    }
    assert not {8, 9} & {*lists(rows, "discovery"), *lists(rows, "repeat")}
    shop.buys(8, 1, day=1)
    assert set(lists(recommend(warehouse, shop), "cold_start")) == {9}


def test_lists_are_ten_long_at_most(warehouse):
    shop = Shop().sells(*range(30)).shows("look", 1).watches(9, "look")
    for user in range(20, 25):
        shop.buys(user, *range(15)).buys(user, *range(15, 30))
    shop.buys(7, *range(12))
    rows = recommend(warehouse, shop)
    assert len(lists(rows, "repeat")[7]) == 10
    assert lists(rows, "discovery")[7] == list(range(12, 22))  # all alike: by id
    assert len(lists(rows, "cold_start")[9]) == 10


def test_an_empty_warehouse_has_no_lists(warehouse):
    assert recommend(warehouse, Shop()) == {"taste_profiles": [], "recommendations": []}
    assert recommend(warehouse, Shop().sells(1))["recommendations"] == []
