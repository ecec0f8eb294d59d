"""The data-driven credits of a warehouse: which journeys there are, and what follows from them."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import dagster as dg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nerdx_pipelines.assets.data_driven import data_driven_credits
from nerdx_pipelines.attribution import attribute
from nerdx_pipelines.attribution.levels import FEWEST_TOUCHES, MOST_CONTENTS, Content, data_driven
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.journeys import read_journeys
from tests.graph.world import NOON, World, fill, store

WINDOW = timedelta(days=7)
RULES = AttributionRules(window_days=7, half_life_days=7, model="linear", lag_days=2)


def at(days):
    return NOON + timedelta(days=days)


def sale(world, number, customer, product, days, net="10.00", currency="EUR"):
    more = {"processed_at": at(days), "currency": currency}
    world.order(number, customer, **more)
    amounts = {"net_revenue": Decimal(net), "returns": 0, "returned_quantity": 0}
    world.line(number, number, product, is_gift_card=False, **amounts)


def journeys_of(con, **rules):
    """{(contents, currency): (conversions, units, journeys without)}."""
    found, contents = read_journeys(con, RULES.variables() | rules)
    ends = found.lengths.cumsum().tolist()
    return {
        (
            "".join(contents[code].content_id for code in found.codes[end - length : end]),
            currency,
        ): figures
        for end, length, currency, *figures in zip(
            ends,
            found.lengths.tolist(),
            found.currencies,
            found.conversions.tolist(),
            found.units.tolist(),
            found.nulls.tolist(),
            strict=True,
        )
    }


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    warehouse = Warehouse(tmp_path_factory.mktemp("journeys") / "warehouse.duckdb")
    with warehouse.write() as connection:
        yield connection


def featuring(*pairs):
    world = World()
    for content, product in pairs:
        world.add("staging.content_products", content_id=content, product_id=product)
    return world


def test_journeys_by_hand(con):
    world = featuring(("a", 1), ("a", 2), ("b", 1))
    # Ann sees a, a, b and a, and buys product 1, twice in an order: two lines. Of product 2, which
    # a features too, she buys nothing: a, a and a are one journey without purchase.
    for event, content, day in (("1", "a", 0), ("2", "a", 1), ("3", "b", 2), ("4", "a", 3)):
        world.touch(event, 1, content, touched_at=at(day))
    sale(world, 1, 1, 1, 4, net="12.50")
    sale(world, 2, 1, 1, 4, net="0.00", currency="USD")
    # Bob sees b, after a pause of a window b again, and nothing comes of either.
    world.touch("5", 2, "b", touched_at=at(0)).touch("6", 2, "b", touched_at=at(7))
    # Whether Cy buys after seeing b nobody can know yet. Anonymous visitors are in no journey.
    world.touch("7", 3, "b", touched_at=at(20)).touch("8", None, "b", touched_at=at(0))
    sale(world, 3, 9, 1, 26)  # the last order there is, after no touch
    fill(con, world)
    assert journeys_of(con) == {
        ("aba", "EUR"): [1, 1250, 0],
        ("aba", "USD"): [1, 0, 0],
        ("a", None): [0, 0, 1],
        ("b", None): [0, 0, 2],
    }
    assert journeys_of(con, collapse="none")["aaba", "EUR"] == [1, 1250, 0]


users = st.sampled_from([1, 2, None])
touches_of = st.lists(
    st.tuples(users, st.sampled_from("abc"), st.integers(-12, 12), st.booleans()),
    max_size=12,
)
sales_of = st.lists(
    st.tuples(users, st.sampled_from([1, 2]), st.integers(-12, 12)),
    max_size=4,
)
features_of = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from([1, 2]),
        st.none() | st.integers(-12, 12),
        st.none() | st.integers(-12, 12),
    ),
    max_size=6,
)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(touches=touches_of, sales=sales_of, features=features_of)
def test_journeys_are_what_their_definition_says(con, touches, sales, features):
    world = World()
    for content, product, since, until in features:
        world.add(
            "staging.content_products",
            content_id=content,
            product_id=product,
            valid_from=None if since is None else at(since),
            valid_to=None if until is None else at(until),
        )
    for event, (user, content, day, is_click) in enumerate(touches):
        kind = "click" if is_click else "view"
        world.touch(str(event), user, content, touch_type=kind, touched_at=at(day))
    for number, (customer, product, day) in enumerate(sales):
        sale(world, number, customer, product, day)
    fill(con, world)
    assert journeys_of(con) == defined(touches, sales, features)


def test_too_many_journeys_are_sampled_and_say_so(con, monkeypatch):
    world = featuring(("a", 1), ("b", 1))
    for user in range(1, 401):
        world.touch(f"{user}a", user, "a", touched_at=at(0))
        if user % 3:
            world.touch(f"{user}b", user, "b", touched_at=at(1))
        if user % 2:
            sale(world, user, user, 1, 2)
            world.credit(user, user, "a", credit=Decimal("10.00"))
    sale(world, 10**6, None, 1, 20)
    fill(con, world)
    whole = data_driven(*read_journeys(con, RULES.variables()))
    monkeypatch.setattr("nerdx_pipelines.warehouse.journeys.EXPOSURES", 300)
    journeys, contents = read_journeys(con, RULES.variables())
    assert journeys.sample == 3
    assert 50 < journeys.conversions.sum() + journeys.nulls.sum() < 250
    sampled = data_driven(journeys, contents)
    assert {row.note for row in sampled} == {"By the journeys of one in 3 users."}
    for one, other in zip(whole, sampled, strict=True):
        assert (one.level, one.channel, one.markov_order) == (
            other.level, other.channel, other.markov_order
        )  # fmt: skip
        assert other.removal_effect == pytest.approx(one.removal_effect, abs=0.2)
    for level in ("content", "content_type", "creator"):
        # What is divided is everybody's.
        assert sum(r.value for r in sampled if (r.level, r.markov_order) == (level, 1)) == 2000


def defined(touches, sales, features):
    """The same in plain Python."""
    exposures = sorted(
        {
            (user, product, at(day), is_click, content, event)
            for event, (user, content, day, is_click) in enumerate(touches)
            for featuring_content, product, since, until in features
            if featuring_content == content
            and user is not None
            and (since is None or since <= day)
            and (until is None or day < until)
        }
    )
    lines = [(customer, product, at(day)) for customer, product, day in sales]
    last_sale = max((when for *_, when in lines), default=None)
    counts = Counter()
    for customer, product, when in lines:
        path = [
            e for e in exposures if e[:2] == (customer, product) and when - WINDOW < e[2] <= when
        ]
        if path:
            counts[_collapsed(path), "EUR"] += 1
    attempts = []
    for one in exposures:
        user, product, touched, *_ = one
        led = any(
            (user, product) == (c, p) and when - WINDOW < touched <= when for c, p, when in lines
        )
        if led or last_sale is None or touched > last_sale - WINDOW:
            continue
        goes_on = attempts and attempts[-1][-1][:2] == (user, product)
        if goes_on and touched - attempts[-1][-1][2] < WINDOW:
            attempts[-1].append(one)
        else:
            attempts.append([one])
    for attempt in attempts:
        counts[_collapsed(attempt), None] += 1
    return {
        (path, currency): [n, 1000 * n, 0] if currency else [0, 0, n]
        for (path, currency), n in counts.items()
    }


def _collapsed(path):
    contents = [one[4] for one in path]
    return "".join(c for i, c in enumerate(contents) if i == 0 or contents[i - 1] != c)


def busy_shop():
    """Enough touches that contents stand for themselves; two currencies."""
    world = featuring(("a", 1), ("b", 1), ("c", 1))
    world.add("staging.content", content_id="a", content_type="video", creator="Ann")
    world.add("staging.content", content_id="b", content_type="blog", creator="Ann")
    for user in range(3 * FEWEST_TOUCHES):
        world.touch(f"a{user}", user, "a", touched_at=at(0))
        if user % 3:
            world.touch(f"b{user}", user, "b", touched_at=at(1))
        if user % 3 == 1:
            currency = "JPY" if user % 2 else "EUR"
            sale(world, user, user, 1, 2, "101" if user % 2 else "0.10", currency)
    world.touch("c", 1, "c", touched_at=at(1))
    sale(world, 999, None, 1, 30)  # a guest's, so that all journeys are decided
    return world


def test_asset_stores_every_level_and_order(tmp_path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    store(warehouse, busy_shop())
    resources = {"warehouse": WarehouseResource(path=str(warehouse.path)), "rules": RULES}
    for _ in range(2):  # replaced, not added to
        result = dg.materialize([data_driven_credits], resources=resources)
    (about,) = result.asset_materializations_for_node("data_driven_credits")
    assert about.metadata["journeys_converted"].value == FEWEST_TOUCHES
    with warehouse.read() as con:
        rows = con.table("attribution.data_driven").to_arrow_table().to_pylist()
    assert {row["channel"] for row in rows if row["level"] == "content"} == {"a", "b", "other"}
    assert {row["channel"] for row in rows if row["level"] == "creator"} == {"Ann", "(none)"}
    assert len(rows) == (3 + 3 + 2) * 3 * 2
    for level in ("content", "content_type", "creator"):
        for order in (1, 2, 3):
            mine = [r for r in rows if (r["level"], r["markov_order"]) == (level, order)]
            for currency, net in (("EUR", Decimal("1.00")), ("JPY", Decimal(1010))):
                of = [row for row in mine if row["currency"] == currency]
                assert sum(row["value"] for row in of) == net
                assert sum(row["conversions"] for row in of) == pytest.approx(10)
    notes = {row["channel"]: row["note"] for row in rows if row["level"] == "content"}
    assert "fewer than" in notes["other"] and notes["a"] is None
    # The same journeys as a plain table, by the public function.
    n = FEWEST_TOUCHES
    table = [
        {"path": "a", "conversions": 0, "null": n},
        {"path": "a > b", "conversions": n - 1, "null": n},
        {"path": "a > b > other", "conversions": 1, "null": 0},
    ]
    effects = {c.channel: c.removal_effect for c in attribute(table, ["markov"])}
    for row in rows:
        if (row["level"], row["markov_order"]) == ("content", 1):
            assert row["removal_effect"] == pytest.approx(effects[row["channel"]], abs=1e-14)


def test_a_shop_without_sales_gets_rows_without_figures(con):
    world = featuring(("a", 1)).touch("1", 1, "a", touched_at=at(0))
    sale(world, 1, None, 1, 20)
    fill(con, world)
    rows = data_driven(*read_journeys(con, RULES.variables()))
    assert {row.level for row in rows} == {"content", "content_type", "creator"}
    assert {(r.conversions, r.value, r.removal_effect, r.note) for r in rows} == {
        (None, None, None, "No journey led to a purchase.")
    }
    fill(con, World())
    assert data_driven(*read_journeys(con, RULES.variables())) == []


def test_too_many_contents_share_the_credit_of_their_type(con):
    count = MOST_CONTENTS + 1
    world = World()
    for i in range(count):
        world.add("staging.content_products", content_id=f"{i}", product_id=1)
        world.add("staging.content", content_id=f"{i}", content_type=f"type {i % 2}")
        for n in range(FEWEST_TOUCHES):
            world.touch(f"{i}/{n}", 100 * i + n, f"{i}", touched_at=at(0))
        sale(world, i, 100 * i, 1, 1)
    sale(world, 10**6, None, 1, 20)
    fill(con, world)
    rows = data_driven(*read_journeys(con, RULES.variables()))
    contents = [row for row in rows if (row.level, row.markov_order) == ("content", 1)]
    types = {r.channel: r for r in rows if (r.level, r.markov_order) == ("content_type", 1)}
    assert len(contents) == count
    assert sum(row.value for row in contents) == 10 * count
    of_one_type = sum(row.conversions for row in contents if int(row.channel) % 2)
    assert of_one_type == pytest.approx(types["type 1"].conversions)
    for row in contents:
        assert row.removal_effect is None and "divided among its contents by linear" in row.note


def test_orders_with_too_many_states_say_so(con):
    world = World()
    for i in range(60):
        world.add("staging.content_products", content_id=f"{i}", product_id=1)
    for user in range(60 * 60):
        first, second = divmod(user, 60)
        world.touch(f"{user}a", user, f"{first}", touched_at=at(0))
        world.touch(f"{user}b", user, f"{second}", touched_at=at(1))
    sale(world, 1, 1, 1, 2)
    sale(world, 2, None, 1, 20)
    fill(con, world)
    journeys, contents = read_journeys(con, RULES.variables())
    assert isinstance(contents[0], Content)
    notes = {
        row.markov_order: row.note
        for row in data_driven(journeys, contents)
        if row.level == "content"
    }
    assert notes[1] is None
    assert "states, more than 2,000" in notes[2] and "states, more than 2,000" in notes[3]
