"""What docs/bad-input.md promises of touches and money that are not as they should be."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from nerdx_pipelines.warehouse.database import run
from tests.attribution.ledger import T0, at, broken_invariants, make, read, store
from tests.attribution.reference import Feature, Line, Touch

FEATURES = [Feature("a", 7), Feature("b", 7)]
GOOD = Touch("good", 5, "a", "view", at(-1))
SECOND = timedelta(seconds=1)


def sale(net="100.00", **more):
    about = {"line_id": 1, "order_id": 1, "product_id": 7, "customer_id": 5, "processed_at": T0}
    return Line(**(about | more), net_revenue=Decimal(net))


def credited(con, touches, lines=(), features=FEATURES, published_at=None):
    """{content: credit} of the first line by the linear model."""
    lines = lines or [sale()]
    store(con, lines, touches, features)
    con.execute("DELETE FROM staging.content")
    for content in "ab":
        con.execute(
            "INSERT INTO staging.content (content_id, published_at) VALUES ($1, $2)",
            [content, published_at],
        )
    make(con)
    assert broken_invariants(con) == []
    found = read(con).get(lines[0].line_id, {})
    return {content: of.credit for (model, content), of in found.items() if model == "linear"}


def uncounted(con):
    return dict(con.sql("FROM attribution.uncounted_touches").fetchall())


def health(con):
    run(con, "kpi/health", model="linear", window_days=7, lag_days=2)
    return con.sql(
        "SELECT value, note FROM kpi.health WHERE metric = 'uncounted_touches'"
    ).fetchone()


def test_good_touches_are_all_counted(con):
    assert credited(con, [GOOD]) == {"a": 100}
    assert uncounted(con) == {}
    assert health(con) == (0, None)


@pytest.mark.parametrize(
    ("touch", "reason"),
    [
        (Touch("e", None, "b", "view", at(-1)), "without a known customer"),
        (Touch("e", 5, "gone", "view", at(-1)), "of unknown content"),
        (Touch("e", 5, "b", "view", datetime(2100, 1, 1, tzinfo=UTC)), "in the future"),
        (Touch("e", 5, "b", "view", at(-30)), "of content that featured nothing then"),
        (
            Touch("e", 5, "b", "view", T0 + SECOND),
            "within a minute after the purchase, as if a clock were wrong",
        ),
    ],
)
def test_what_is_not_counted_is_told(con, touch, reason):
    features = [FEATURES[0], Feature("b", 7, at(-20))]
    assert credited(con, [GOOD, touch], features=features) == {"a": 100}
    told = uncounted(con)
    assert told == {reason: 1}
    if reason.startswith("within"):
        return  # it is a touch like any other, and may be credited for a later purchase
    assert health(con) == (1, f"1 {reason}")


def test_the_figures_add_the_reasons_up(con):
    touches = [GOOD, *(Touch(f"n{i}", None, "a", "view", at(-1)) for i in range(3))]
    credited(con, [*touches, Touch("u", 5, "gone", "click", at(-1))])
    assert health(con) == (4, "3 without a known customer; 1 of unknown content")


def test_a_touch_after_the_purchase_counts_for_the_next_one(con):
    again = sale(line_id=2, order_id=2, processed_at=at(2))
    touch = Touch("e", 5, "b", "view", at(1))
    assert credited(con, [touch], [again, sale()]) == {"b": 100}
    assert 1 not in read(con)
    assert uncounted(con) == {}


def test_a_touch_before_the_content_was_published_counts_and_is_told(con):
    assert credited(con, [GOOD], published_at=at(-0.5)) == {"a": 100}
    assert uncounted(con) == {"counted, though before the content was published": 1}
    value, note = health(con)
    assert (value, note) == (0, "1 counted, though before the content was published")


def test_content_that_features_a_product_twice_counts_once(con):
    twice = [Feature("a", 7, at(-3), at(0)), Feature("a", 7, at(-2)), Feature("a", 7), FEATURES[1]]
    touches = [GOOD, Touch("2", 5, "b", "view", at(-0.5))]
    assert credited(con, touches, features=twice + twice) == {"a": 50, "b": 50}
    touches = con.execute(
        "SELECT view_touches FROM attribution.credits WHERE content_id = 'a' AND model = 'linear'"
    ).fetchall()
    assert touches == [(1,)]


def test_a_feature_that_ends_before_it_begins_is_none(con):
    assert credited(con, [GOOD], features=[Feature("a", 7, at(2), at(-5))]) == {}


def test_negative_money_belongs_to_its_own_line(con):
    # 100 is credited, and a line of -60 that nobody's content sold makes that no less: net is 40.
    lines = [sale(), sale("-60.00", line_id=2, order_id=2, product_id=9)]
    assert credited(con, [GOOD], lines) == {"a": 100}


def test_two_currencies_are_never_added(con):
    lines = [sale("100"), sale("100", line_id=2, order_id=2, digits=0)]
    assert credited(con, [GOOD, Touch("2", 5, "b", "click", at(-0.5))], lines) == {"a": 50, "b": 50}
    sums = con.sql(
        "SELECT currency, sum(credit) FROM attribution.credits WHERE model = 'linear'"
        " GROUP BY currency ORDER BY currency"
    ).fetchall()
    assert sums == [("EUR", 100), ("JPY", 100)]


@pytest.mark.parametrize("digits", [0, 2, 3])
def test_as_much_money_as_can_be_stored_is_dealt_out_too(con, digits):
    net = (Decimal(10) ** 14 - 1).quantize(Decimal(1))
    touches = [Touch(f"{i}", 5, "ab"[i % 2], "view", at(-2 + i / 1000)) for i in range(999)]
    found = credited(con, touches, [sale(str(net), digits=digits)])
    assert sum(found.values()) == net
