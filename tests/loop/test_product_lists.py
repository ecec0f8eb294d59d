"""The lists of a product's own page, asked of the asset; customers and orders are made by hand."""

import random
from pathlib import Path

import dagster as dg
import pytest

from nerdx_pipelines.assets.product_lists import product_recommendations
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.world import store
from tests.loop.shop import GIVEN_BACK, Shop, at

LAMP, BULB, SHADE, DESK, CHAIR = 1, 2, 3, 4, 5


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def rebuild(warehouse):
    resources = {"warehouse": WarehouseResource(path=str(warehouse.path))}
    assert dg.materialize([product_recommendations], resources=resources).success
    with warehouse.read() as con:
        return con.sql("FROM loop.product_recommendations").fetchall()


def listed(warehouse, shop):
    store(warehouse, shop)
    return rebuild(warehouse)


def lists(rows, kind):
    """Recommended products by product, best first."""
    found: dict[int, list[int]] = {}
    for product, its_kind, rank, recommended, *_ in rows:
        if its_kind == kind:
            found.setdefault(product, []).append(recommended)
            assert rank == len(found[product])
    return found


def house() -> Shop:
    """Lamps go with bulbs in one order; whoever bought a desk comes back for a chair."""
    shop = Shop().sells(LAMP, BULB, SHADE, DESK, CHAIR)
    for _ in range(40):
        shop.buys(None, 99, day=-9)
    for user in range(10):
        shop.buys(100 + user, LAMP, BULB, day=-9)
        shop.buys(200 + user, DESK, day=-9).buys(200 + user, CHAIR, day=-2)
        shop.buys(300 + user, SHADE, day=-9)
    return shop


def test_what_buyers_bought_too_is_related_what_one_order_held_is_complementary(warehouse):
    rows = listed(warehouse, house())
    assert lists(rows, "complementary") == {LAMP: [BULB], BULB: [LAMP]}
    related = {LAMP: [BULB], BULB: [LAMP], DESK: [CHAIR], CHAIR: [DESK]}
    assert lists(rows, "related") == related
    # 10 orders with both of 80; by chance 10 x 10 / 80, and 5 for doubt.
    assert {score for _, kind, *_, score, _ in rows if kind == "complementary"} == {1.6}


def test_a_purchase_changes_the_lists_and_its_refund_restores_every_bit(warehouse):
    before = listed(warehouse, house())
    shop = house()
    for user in range(4):
        shop.buys(200 + user, DESK, SHADE, day=1)
    bought = listed(warehouse, shop)
    assert SHADE in lists(bought, "related")[DESK]
    assert lists(bought, "complementary")[DESK] == [SHADE]
    shop = house()
    for user in range(4):
        shop.buys(200 + user, DESK, SHADE, day=1, **GIVEN_BACK)
    assert listed(warehouse, shop) == before


def test_rows_do_not_depend_on_the_order_of_facts(warehouse):
    shop, chance = house(), random.Random(7)
    for user in range(60):
        shop.buys(user, *chance.sample(range(1, 6), chance.randint(1, 4)), day=-chance.random())
    before = listed(warehouse, shop)
    assert {kind for _, kind, *_ in before} == {"related", "complementary"}
    for rows in shop.tables.values():
        chance.shuffle(rows)
    assert listed(warehouse, shop) == before


def test_two_that_met_once_or_twice_are_no_evidence(warehouse):
    shop = house().buys(400, SHADE, CHAIR).buys(401, SHADE, CHAIR)
    rows = listed(warehouse, shop)
    assert SHADE not in lists(rows, "related") and SHADE not in lists(rows, "complementary")
    rows = listed(warehouse, shop.buys(402, SHADE, CHAIR))
    assert lists(rows, "complementary")[SHADE] == [CHAIR]
    assert lists(rows, "related")[SHADE] == [CHAIR]


def test_what_everybody_buys_goes_with_nothing_in_particular(warehouse):
    shop = Shop().sells(1, 2, 3)
    for user in range(20):
        shop.buys(user, 1, *[2][: user % 2], *[3][: user % 4 > 1])
    assert lists(listed(warehouse, shop), "complementary") == {}  # as often as chance has it


def test_guests_orders_tell_what_goes_together(warehouse):
    shop = Shop().sells(1, 2, 3)
    for _ in range(4):
        shop.buys(None, 1, 2).buys(None, 3)
    rows = listed(warehouse, shop)
    assert lists(rows, "complementary") == {1: [2], 2: [1]}
    assert lists(rows, "related") == {}


def test_an_order_that_fills_shelves_tells_of_no_pair(warehouse):
    shop = Shop().sells(*range(60))
    for user in range(5):
        shop.buys(user, *range(51))
        shop.buys(10 + user, 58, 59).buys(20 + user, 57)
    assert set(lists(listed(warehouse, shop), "complementary")) == {58, 59}


def test_only_what_is_sold_is_listed_and_only_shown_pages_have_lists(warehouse):
    shop = house()
    of = {product["product_id"]: product for product in shop.tables["staging.products"]}
    of[BULB]["status"] = "DRAFT"
    shop.add("staging.product_variants", variant_id=1, product_id=CHAIR, inventory_quantity=0)
    rows = listed(warehouse, shop)
    assert lists(rows, "related") == {CHAIR: [DESK]}  # sold out, but its page is looked at
    assert lists(rows, "complementary") == {}


def test_lists_are_ten_long_at_most_and_nothing_lists_itself(warehouse):
    shop = Shop().sells(*range(20))
    for user in range(5):
        shop.buys(user, *range(15)).buys(100 + user, *range(15, 20))
    rows = listed(warehouse, shop)
    assert all(product != recommended for product, _, _, recommended, *_ in rows)
    for kind in ("related", "complementary"):
        assert lists(rows, kind)[0] == list(range(1, 11))  # all alike: by id


def test_cancelled_and_test_orders_count_for_nothing(warehouse):
    before = listed(warehouse, house())
    shop = house()
    for user in range(6):
        shop.buys(500 + user, SHADE, CHAIR, day=1)
        order = shop.tables["staging.orders"][-1]
        order.update({"test": True} if user % 2 else {"cancelled_at": at(2)})
    assert listed(warehouse, shop) == before


def test_an_empty_warehouse_has_no_lists(warehouse):
    assert listed(warehouse, Shop()) == []
    assert listed(warehouse, Shop().sells(1)) == []
