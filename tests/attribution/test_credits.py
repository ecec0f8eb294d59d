"""The SQL gives exactly the credits of the reference, whatever the order and the days of runs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nerdx_pipelines.warehouse.database import Warehouse, run
from tests.attribution.reference import MODELS, Feature, Line, Touch, credits

T0 = datetime(2026, 3, 10, 12, tzinfo=UTC)
ALL_FEATURE_IT = [Feature(content, 7) for content in "abc"]
RULES = {"window_days": 7, "half_life_days": 7.0, "direction": 1}


def at(days: float) -> datetime:
    return T0 + timedelta(days=days)


def attribute(con, lines, touches, features, days=None, **rules):
    """Store the facts, run the statements over `days`, and return {line: {(model, content): …}}."""
    for table in ("orders", "order_lines", "touches", "content_products"):
        con.execute(f"DELETE FROM staging.{table}")
    con.execute("DELETE FROM attribution.credits")
    for line in lines:
        currency = {0: "JPY", 2: "EUR", 3: "KWD"}[line.digits]
        con.execute(
            "INSERT INTO staging.orders (order_id, customer_id, processed_at, test, currency,"
            " order_day) VALUES ($1, $2, $3, false, $4, $5)",
            [line.line_id, line.customer_id, line.processed_at, currency, line.processed_at.date()],
        )
        con.execute(
            "INSERT INTO staging.order_lines (line_id, order_id, product_id, quantity,"
            " returned_quantity, returns, net_revenue, is_gift_card, order_day)"
            " VALUES ($1, $1, $2, 1, 0, 0, $3, false, $4)",
            [line.line_id, line.product_id, line.net_revenue, line.processed_at.date()],
        )
    for t in touches:
        con.execute(
            "INSERT INTO staging.touches (event_id, user_id, content_id, touch_type, touched_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            [t.event_id, t.user_id, t.content_id, t.touch_type, t.touched_at],
        )
    for f in features:
        con.execute(
            "INSERT INTO staging.content_products VALUES ($1, $2, $3, $4)",
            [f.content_id, f.product_id, f.valid_from, f.valid_to],
        )
    for first, last in days or [(T0.date() - timedelta(30), T0.date() + timedelta(30))]:
        variables = {**RULES, **rules, "first_day": first, "last_day": last}
        run(con, "days/to_do", consumer="a test", **variables)
        run(con, "attribution/eligible_touches")
        run(con, "attribution/credits")
    found: dict[int, dict] = {line.line_id: {} for line in lines}
    for line_id, model, content, credit, share in con.execute(
        "SELECT line_id, model, content_id, credit, share FROM attribution.credits"
    ).fetchall():
        assert (model, content) not in found[line_id]
        found[line_id][model, content] = (credit, share)
    return found


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    warehouse = Warehouse(tmp_path_factory.mktemp("credits") / "warehouse.duckdb")
    with warehouse.write() as connection:
        yield connection


moments = st.integers(-9 * 24, 24).map(lambda hours: at(hours / 24))
contents = st.sampled_from("abc")
users = st.sampled_from([1, 2])
features_of = st.lists(
    st.builds(
        Feature,
        contents,
        st.sampled_from([7, 8]),
        st.none() | moments,
        st.none() | moments,
    ),
    max_size=6,
)
touches_of = st.lists(
    st.builds(
        Touch,
        st.just(""),
        users | st.none(),
        contents,
        st.sampled_from(["view", "click"]),
        moments,
    ),
    max_size=12,
).map(
    lambda found: [
        Touch(f"e{i}", t.user_id, t.content_id, t.touch_type, t.touched_at)
        for i, t in enumerate(found)
    ]
)


@st.composite
def lines_of(draw):
    lines = []
    for i in range(draw(st.integers(1, 4))):
        digits = draw(st.sampled_from([0, 2, 3]))
        lines.append(
            Line(
                line_id=i + 1,
                order_id=i + 1,
                product_id=draw(st.sampled_from([7, 8, None])),
                customer_id=draw(users | st.none()),
                processed_at=at(draw(st.integers(-48, 24)) / 24),
                net_revenue=Decimal(draw(st.integers(-50, 10_000))).scaleb(-digits),
                digits=digits,
            )
        )
    return lines


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lines=lines_of(),
    touches=touches_of,
    features=features_of,
    window=st.sampled_from([1, 7, 30]),
    random=st.randoms(use_true_random=False),
)
def test_equals_the_reference_whatever_the_order(con, lines, touches, features, window, random):
    expected = {line.line_id: credits(line, touches, features, window) for line in lines}
    random.shuffle(touches)
    random.shuffle(lines)
    days = [(d, d) for d in {line.processed_at.date() for line in lines}]
    for found in (
        attribute(con, lines, touches, features, window_days=window),
        attribute(con, lines, touches, features, days=days + days, window_days=window),
    ):
        for line in lines:
            assert found[line.line_id].keys() == expected[line.line_id].keys()
            for key, (credit, share) in expected[line.line_id].items():
                assert found[line.line_id][key][0] == credit, (key, line)
                assert found[line.line_id][key][1] == pytest.approx(share, abs=1e-12)
            for model in MODELS:  # I1
                parts = [c for (m, _), (c, _) in found[line.line_id].items() if m == model]
                assert not parts or sum(parts) == line.net_revenue


def one(con, touches, features=ALL_FEATURE_IT, net="100.00"):
    line = Line(1, 1, 7, 5, T0, Decimal(net))
    return attribute(con, [line], touches, features)[1]


def test_a_single_touch_gets_all_in_every_model(con):  # I5
    found = one(con, [Touch("e", 5, "a", "view", at(-1))])
    assert found == {(model, "a"): (Decimal("100"), 1.0) for model in MODELS}


def test_three_contents_share_a_line_to_the_cent(con):
    path = [Touch("1", 5, "a", "view", at(-6)), Touch("2", 5, "b", "view", at(-3))]
    found = one(con, [*path, Touch("3", 5, "c", "click", at(-1))])
    assert {k[1]: v[0] for k, v in found.items() if k[0] == "linear"} == {
        "a": Decimal("33.34"),  # the left-over cent goes to the first content_id of a tie
        "b": Decimal("33.33"),
        "c": Decimal("33.33"),
    }
    assert [v[0] for k, v in sorted(found.items()) if k[0] == "position_based"] == [40, 20, 40]
    assert [k[1] for k in found if k[0] in ("first_touch", "last_touch")] == ["a", "c"]


def test_the_window_is_open_at_its_start_and_closed_at_the_purchase(con):
    just_in = Touch("1", 5, "a", "view", at(-7) + timedelta(microseconds=1))
    at_the_start = Touch("2", 5, "b", "view", at(-7))
    at_the_purchase = Touch("3", 5, "c", "view", T0)
    found = one(con, [just_in, at_the_start, at_the_purchase])
    assert {content for _, content in found} == {"a", "c"}


def test_the_same_content_again_after_another_counts_twice(con):
    order = [("1", "a", -5), ("2", "a", -4), ("3", "b", -3), ("4", "a", -2)]
    found = one(con, [Touch(e, 5, c, "view", at(d)) for e, c, d in order])
    assert found["linear", "a"][1] == pytest.approx(2 / 3, abs=1e-15)


def test_a_content_earns_only_what_it_features_and_while_it_does(con):
    touches = [Touch("1", 5, "a", "view", at(-2)), Touch("2", 5, "b", "view", at(-1))]
    features = [Feature("a", 8), Feature("b", 7, at(-3), at(-1))]  # valid_to is exclusive
    assert one(con, touches, features) == {}


def test_a_free_gift_is_attributed_and_adds_nothing(con):
    found = one(con, [Touch("1", 5, "a", "view", at(-2))], net="0.00")
    assert found["linear", "a"] == (Decimal(0), 1.0)
