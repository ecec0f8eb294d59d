"""What is left to chance in the lists: how much, where, what, and that chance repeats itself."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.world import store
from tests.loop.shop import GIVEN_BACK, Shop, rebuild

PRODUCTS, CONTENTS, BUYERS, WATCHERS = 40, 30, 300, 100
Place = tuple[int, str, int]  # user, slot, rank
Row = tuple[Any, ...]
Lists = dict[Place, Row]


def crowd() -> Shop:
    """Some buy three products of forty, others only watch. Product 41 is not for sale."""
    shop = Shop().sells(*range(1, PRODUCTS + 1)).sells(PRODUCTS + 1, status="DRAFT")
    for number in range(CONTENTS):
        shop.shows(f"c{number:02}", number + 1)
    shop.shows("of nothing on sale", PRODUCTS + 1)
    for user in range(BUYERS):
        bought = {user, user * 7 + user // PRODUCTS, user * 11 + user // 20}
        shop.buys(1000 + user, *(each % PRODUCTS + 1 for each in sorted(bought)), day=-20)
    for user in range(WATCHERS):
        shop.watches(5000 + user, f"c{user % CONTENTS:02}", day=-20)
    return shop


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    store(warehouse, crowd())
    return warehouse


def places(warehouse: Warehouse, share: float) -> Lists:
    """By user, slot and rank: product, content, and whether chance put it there."""
    rows = rebuild(warehouse, share)["recommendations"]
    return {row[:3]: (row[3], row[6], row[7]) for row in rows}


def explored(places: Lists) -> Lists:
    return {place: (*item, flag) for place, (*item, flag) in places.items() if flag}


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lists, Lists]:
    """The lists without exploration, and with a share of 0.3."""
    warehouse = Warehouse(tmp_path_factory.mktemp("crowd") / "warehouse.duckdb")
    store(warehouse, crowd())
    return places(warehouse, 0), places(warehouse, 0.3)


def test_a_share_of_the_places_but_the_first_is_random_and_the_rest_stays(
    compared: tuple[Lists, Lists],
) -> None:
    best, mixed = compared
    assert not explored(best)
    chosen = explored(mixed)
    assert {place: row for place, row in mixed.items() if place not in chosen} == {
        place: row for place, row in best.items() if place not in chosen
    }
    assert mixed.keys() == best.keys()
    for slot in ("discovery", "cold_start", "content"):
        eligible = [place for place in best if place[1] == slot and place[2] > 1]
        part = sum(place in chosen for place in eligible) / len(eligible)
        assert len(eligible) > 800
        # Four standard deviations of a binomial share.
        assert part == pytest.approx(0.3, abs=4 * (0.21 / len(eligible)) ** 0.5)
    assert {slot for _, slot, _ in chosen} == {"discovery", "cold_start", "content"}
    assert all(rank > 1 for _, _, rank in chosen)


def test_what_is_explored_is_on_sale_new_to_the_user_and_in_the_list_once(
    compared: tuple[Lists, Lists],
) -> None:
    best, mixed = compared
    listed = {(user, slot, *row[:2]) for (user, slot, _), row in best.items()}
    tables = crowd().tables
    buyers = {row["order_id"]: row["customer_id"] for row in tables["staging.orders"]}
    owned = {(buyers[row["order_id"]], row["product_id"]) for row in tables["staging.order_lines"]}
    for (user, slot, _), (product, content, _) in explored(mixed).items():
        assert (user, slot, product, content) not in listed
        assert (user, product) not in owned
        assert product != PRODUCTS + 1
        assert content != "of nothing on sale"
        assert (content is not None) == (slot == "content")
    counts = Counter((user, slot, *row[:2]) for (user, slot, _), row in mixed.items())
    assert set(counts.values()) == {1}


def test_explored_items_are_uniform(compared: tuple[Lists, Lists]) -> None:
    """Each draw is compared with the chance that its list gave to each item that it lacked."""
    best, mixed = compared
    lists: dict[tuple[int, str], set[Any]] = {}
    for (user, slot, _), row in best.items():
        lists.setdefault((user, slot), set()).add(row[0])
    expected, found = Counter[int](), Counter[int]()
    for (user, slot, _), (product, _, _) in explored(mixed).items():
        if slot == "cold_start":  # who owns nothing, so that any item not listed may come
            lacked = set(range(1, PRODUCTS + 1)) - lists[user, slot]
            for each in lacked:
                expected[each] += 1 / len(lacked)  # type: ignore[assignment]
            found[product] += 1
    assert sum(found.values()) > 200
    never_listed = [each for each in expected if expected[each] > 4]
    statistic = sum((found[each] - expected[each]) ** 2 / expected[each] for each in never_listed)
    freedom = len(never_listed) - 1
    assert freedom >= 20
    assert statistic < freedom + 4 * (2 * freedom) ** 0.5


def test_the_same_data_give_the_same_lists_and_another_week_others(warehouse: Warehouse) -> None:
    first = explored(places(warehouse, 0.1))
    assert explored(places(warehouse, 0.1)) == first
    shop = crowd()
    for day, same in ((-14, True), (-13, False)):  # a Sunday, and the Monday that follows
        store(warehouse, shop.watches(None, "c00", day=day))
        again = explored(places(warehouse, 0.1))
        kept = sum(again.get(place) == row for place, row in first.items())
        assert kept > 0.95 * len(first) if same else kept < 0.3 * len(first)


def test_a_purchase_given_back_restores_what_chance_had_chosen(warehouse: Warehouse) -> None:
    before = rebuild(warehouse, 0.2)
    shop = crowd().buys(1000, 13, 22, day=3)
    store(warehouse, shop)
    assert rebuild(warehouse, 0.2) != before
    for line in shop.tables["staging.order_lines"][-2:]:
        line |= GIVEN_BACK
    store(warehouse, shop)
    assert rebuild(warehouse, 0.2) == before


def test_new_products_do_not_shuffle_what_is_explored(warehouse: Warehouse) -> None:
    first = explored(places(warehouse, 0.2))
    store(warehouse, crowd().sells(*range(100, 105)))
    again = explored(places(warehouse, 0.2))
    assert sum(again.get(place) == row for place, row in first.items()) > 0.8 * len(first)


def test_nothing_to_explore_leaves_the_list(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "small.duckdb")
    store(warehouse, Shop().sells(1, 2, 3).shows("c", 1).buys(8, 1).watches(9, "c"))
    assert places(warehouse, 1) == places(warehouse, 0)


def test_what_is_offered_is_recorded_when_it_changes_only(warehouse: Warehouse) -> None:
    offers = (
        "SELECT user_id, slot, rank, product_id, content_id, offered_from, offered_to"
        " FROM loop.explorations ORDER BY ALL"
    )

    def recorded(share: float) -> list[Row]:
        chosen = explored(places(warehouse, share))
        with warehouse.read() as con:
            rows = con.execute(offers).fetchall()
        standing = {row[:3]: (*row[3:5], True) for row in rows if row[6] is None}
        assert standing == chosen
        return rows

    first = recorded(0.1)
    assert recorded(0.1) == first
    assert len(first) > 100
    ended = recorded(0)
    assert len(ended) == len(first)
    assert all(row[6] >= row[5] for row in ended)
