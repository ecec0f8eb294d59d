from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse, run
from tests.graph.world import fill, store
from tests.loop.shop import GIVEN_BACK, Shop, at, rebuild


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    with Warehouse(tmp_path_factory.mktemp("tastes") / "warehouse.duckdb").write() as con:
        yield con


def profiles(con, shop):
    fill(con, shop)
    run(con, "loop/facts", until=None, **Weights().variables())
    return con.sql(sql("loop/taste_profiles")).fetchall()


def tastes(con, shop):
    return {(u, f, v): weight for u, f, v, weight, _ in profiles(con, shop)}


def test_views_clicks_and_purchases_weigh_1_3_and_10(con):
    shop = Shop().sells(1, vendor="viewed").sells(2, vendor="clicked").sells(3, vendor="bought")
    shop.shows("v", 1).shows("c", 2).watches(7, "v").watches(7, "c", kind="click").buys(7, 3)
    assert tastes(con, shop) == {
        (7, "brand", "viewed"): pytest.approx(1 / 14),
        (7, "brand", "clicked"): pytest.approx(3 / 14),
        (7, "brand", "bought"): pytest.approx(10 / 14),
    }


def test_purchases_fade_by_half_in_90_days_and_views_in_14(con):
    shop = Shop().sells(1, vendor="old").sells(2, vendor="new").shows("o", 1).shows("n", 2)
    shop.buys(7, 1, day=-90).buys(7, 2).watches(8, "o", day=-14).watches(8, "n")
    weights = tastes(con, shop)
    for user in (7, 8):
        assert weights[user, "brand", "old"] == pytest.approx(1 / 3)


def test_three_units_count_at_most_and_none_that_was_given_back(con):
    shop = Shop().sells(1, vendor="many").sells(2, vendor="one").sells(3, vendor="returned")
    shop.buys(7, 1, quantity=50).buys(7, 2, quantity=3, returned_quantity=2, returns=20)
    shop.buys(7, 3, **GIVEN_BACK)
    assert tastes(con, shop) == {
        (7, "brand", "many"): 0.75,
        (7, "brand", "one"): 0.25,
    }


def test_a_view_is_shared_by_the_products_featured_at_that_moment(con):
    shop = Shop().sells(1, vendor="x", product_type="lamp", tags=["warm", "oak"])
    shop.sells(2, 3, vendor="y", tags=["oak"]).sells(4, vendor="later")
    shop.shows("look", 1, 2, 3, creator="Zoë").watches(7, "look")
    shop.add("staging.content_products", content_id="look", product_id=4, valid_from=at(1))
    assert tastes(con, shop) == {
        (7, "category", "lamp"): 1,
        (7, "brand", "x"): pytest.approx(1 / 3),
        (7, "brand", "y"): pytest.approx(2 / 3),
        (7, "tag", "warm"): pytest.approx(1 / 4),
        (7, "tag", "oak"): pytest.approx(3 / 4),
        (7, "creator", "Zoë"): 1,
    }


def test_strangers_and_guests_have_no_profile(con):
    shop = Shop().sells(1, vendor="x").shows("look", 1).watches(None, "look").buys(None, 1)
    assert profiles(con, shop) == []
    assert profiles(con, Shop()) == []


def test_the_hundred_strongest_values_of_a_family_are_kept(con):
    shop = Shop()
    for product in range(101):
        shop.sells(product, vendor=f"v{product:03}")
    shop.buys(7, *range(101)).buys(7, 100)
    weights = tastes(con, shop)
    assert len(weights) == 100
    assert sum(weights.values()) == pytest.approx(1)
    assert (7, "brand", "v099") not in weights  # the last of equals
    assert weights[7, "brand", "v100"] == pytest.approx(2 / 101)


VENDORS = {1: "a", 2: "a", 3: "b"}
days = st.integers(-40, 0)
purchases = st.tuples(st.sampled_from([7, 8, None]), st.sampled_from([1, 2, 3]), days)
features = st.tuples(st.sampled_from("xy"), st.sampled_from([1, 2, 3]), days | st.none())
touches = st.tuples(
    st.sampled_from([7, 8, None]), st.sampled_from("xyz"), days, st.sampled_from(["view", "click"])
)


def build(purchased, featured, touched):
    shop = Shop()
    for product, vendor in VENDORS.items():
        shop.sells(product, vendor=vendor)
    for user, product, day in purchased:
        shop.buys(user, product, day=day)
    for content, product, since in featured:
        valid = {} if since is None else {"valid_from": at(since), "valid_to": at(since + 15)}
        shop.add("staging.content_products", content_id=content, product_id=product, **valid)
    for user, content, day, kind in touched:
        shop.watches(user, content, day, kind)
    return shop


def reference(purchased, featured, touched):
    """Weights by definition, in floating point."""
    now = max(day for *_, day in [*purchased, *((u, c, d) for u, c, d, _ in touched)])
    scores = defaultdict(float)
    for user, product, day in purchased:
        scores[user, VENDORS[product]] += 10 * 2 ** ((day - now) / 90)
    for user, content, day, kind in touched:
        on_show = {p for c, p, s in featured if c == content and (s is None or s <= day < s + 15)}
        for product in on_show:
            weight = {"view": 1, "click": 3}[kind] * 2 ** ((day - now) / 14)
            scores[user, VENDORS[product]] += weight / len(on_show)
    totals = defaultdict(float)
    for (user, _), score in scores.items():
        totals[user] += score
    return {
        (u, "brand", v): pytest.approx(score / totals[u], rel=1e-9)
        for (u, v), score in scores.items()
        if u is not None
    }


@settings(max_examples=40, deadline=None)
@given(
    st.lists(purchases, max_size=6),
    st.lists(features, max_size=6),
    st.lists(touches, min_size=1, max_size=6),
    st.randoms(),
)
def test_profiles_are_those_of_the_definition_in_any_order(
    con, purchased, featured, touched, random
):
    rows = profiles(con, build(purchased, featured, touched))
    assert {(u, f, v): w for u, f, v, w, _ in rows} == reference(purchased, featured, touched)
    for facts in (purchased, featured, touched):
        random.shuffle(facts)
    assert profiles(con, build(purchased, featured, touched)) == rows  # to the last bit


def test_the_asset_stores_them_with_the_present_of_the_data(tmp_path):
    shop = Shop().sells(1, vendor="x").buys(7, 1, day=-3).shows("look").watches(None, "look", -1)
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    store(warehouse, shop)
    assert rebuild(warehouse)["taste_profiles"] == [(7, "brand", "x", 1.0, at(-1))]
