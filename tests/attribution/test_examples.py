"""The rules of ATTRIBUTION.md §2, each by an example worked out by hand."""

from datetime import timedelta
from decimal import Decimal as D  # noqa: N817

import pytest

from tests.attribution.ledger import T0, at, make, read, read_reversals, store
from tests.attribution.reference import ADDITIVE, MODELS, Feature, Line, Rules, Touch

MICROSECOND = timedelta(microseconds=1)
ALL_FEATURE_IT = [Feature(content, 7) for content in "abc"]


def view(content, days, event_id=None, user=5):
    return Touch(event_id or f"v{content}{days}", user, content, "view", at(days))


def click(content, days, event_id=None, user=5):
    return Touch(event_id or f"c{content}{days}", user, content, "click", at(days))


def sale(net="100.00", **more):
    about = {"line_id": 1, "order_id": 1, "product_id": 7, "customer_id": 5, "processed_at": T0}
    return Line(**(about | more), net_revenue=D(net))


def credited(con, touches, line=None, features=ALL_FEATURE_IT, rules=Rules()):  # noqa: B008
    """{(model, content): Credit} of one line."""
    line = line or sale()
    store(con, [line], touches, features)
    make(con, rules)
    return read(con, rules).get(line.line_id, {})


def of(found, model):
    return {content: value.credit for (name, content), value in found.items() if name == model}


# --- 2.2 the credit unit -----------------------------------------------------------------------


def test_a_single_touch_gets_all_in_every_model(con):  # I5
    found = credited(con, [view("a", -1)])
    assert found == {(model, "a"): (D(100), 1.0, D(100), 0) for model in MODELS}


def test_a_free_gift_is_attributed_and_adds_nothing(con):
    found = credited(con, [view("a", -2)], sale("0.00"))
    assert found["linear", "a"] == (0, 1.0, 0, 0)


def test_a_guest_is_nobody_s_touch(con):
    anonymous = Touch("e", None, "a", "view", at(-1))
    assert credited(con, [anonymous, view("a", -1)], sale(customer_id=None)) == {}


def test_another_user_s_touch_earns_nothing(con):
    assert credited(con, [view("a", -1, user=6)]) == {}


def test_a_cancelled_order_earns_nothing_and_gives_all_back(con):
    line = sale("90.00", cancelled_at=at(2), refunds=((9, at(1), D("10.00")),))
    assert credited(con, [view("a", -2), view("b", -1)], line) == {}
    taken = read_reversals(con)[1]
    # 100.00 at the sale were 50 and 50; the refund left 45 and 45, the cancellation nothing.
    assert taken[9, "linear", "a"] == taken[9, "linear", "b"] == D("5.00")
    assert taken[None, "linear", "a"] == taken[None, "linear", "b"] == D("45.00")
    assert taken[None, "any_touch", "b"] == D("90.00")
    days = con.execute(
        "SELECT DISTINCT refund_id, reversed_day, order_day FROM attribution.reversals ORDER BY ALL"
    ).fetchall()
    assert days == [(9, at(1).date(), T0.date()), (None, at(2).date(), T0.date())]


def test_a_partial_refund_takes_back_by_the_same_shares(con):
    path = [view("a", -3), view("b", -2), view("c", -1)]
    found = credited(con, path, sale("50.00", refunds=((9, at(1), D("50.00")),)))
    # 100.00 was dealt as 33.34, 33.33 and 33.33; 50.00 is 16.67, 16.67 and 16.66.
    assert of(found, "linear") == {"a": D("16.67"), "b": D("16.67"), "c": D("16.66")}
    taken = read_reversals(con)[1]
    assert [taken[9, "linear", c] for c in "abc"] == [D("16.67"), D("16.66"), D("16.67")]
    assert taken[9, "last_touch", "c"] == 50


def test_a_full_refund_takes_the_line_out(con):
    line = sale("0.00", refunds=((8, at(1), D("99.99")), (9, at(1), D("0.01"))))
    assert credited(con, [view("a", -2), view("b", -1)], line) == {}
    taken = read_reversals(con)[1]
    # 100.00 -> 0.01: the cent that is left over is a's, by its name, until it too is refunded.
    assert (taken[8, "linear", "a"], taken[8, "linear", "b"]) == (D("49.99"), D("50.00"))
    assert (taken[9, "linear", "a"], taken[9, "linear", "b"]) == (D("0.01"), 0)


def test_an_edited_line_is_restated_and_reverses_nothing(con):
    credited(con, [view("a", -1)], sale("100.00"))
    found = credited(con, [view("a", -1)], sale("80.00"))
    assert of(found, "linear") == {"a": D(80)}
    assert read_reversals(con) == {}


def test_a_line_of_less_than_nothing_is_shared_like_any_other(con):
    found = credited(con, [view("a", -2), click("b", -1)], sale("-0.03"))
    assert of(found, "linear") == {"a": D("-0.02"), "b": D("-0.01")}
    assert found["linear", "b"] == (D("-0.01"), 0.5, 0, D("-0.01"))


@pytest.mark.parametrize(
    ("digits", "net", "parts"),
    [
        (0, "100", ["34", "33", "33"]),  # yen have no smaller unit
        (2, "100", ["33.34", "33.33", "33.33"]),
        (3, "100", ["33.334", "33.333", "33.333"]),  # dinars have a thousand fils
    ],
)
def test_the_unit_that_is_left_over_is_the_currency_s(con, digits, net, parts):
    path = [view("a", -3), view("b", -2), view("c", -1)]
    found = credited(con, path, sale(net, digits=digits))
    assert of(found, "linear") == dict(zip("abc", map(D, parts), strict=True))


def test_lines_of_two_currencies_are_credited_each_in_its_own(con):
    lines = [sale("10"), sale("10", line_id=2, order_id=2, digits=0)]
    store(con, lines, [view("a", -2), view("b", -1), view("c", -1)], ALL_FEATURE_IT)
    make(con)
    found = con.execute(
        "SELECT currency, list(credit ORDER BY content_id) FROM attribution.credits"
        " WHERE model = 'linear' GROUP BY currency ORDER BY currency"
    ).fetchall()
    cents = [D("3.3400"), D("3.3300"), D("3.3300")]
    assert found == [("EUR", cents), ("JPY", [D(4), D(3), D(3)])]


# --- 2.3 which touches -------------------------------------------------------------------------


def test_the_window_is_open_at_its_start_and_closed_at_the_purchase(con):
    touches = [
        Touch("1", 5, "a", "view", at(-7) + MICROSECOND),
        Touch("2", 5, "b", "view", at(-7)),
        Touch("3", 5, "c", "view", T0),
    ]
    assert set(of(credited(con, touches), "linear")) == {"a", "c"}
    wider = Rules(window_days=30)
    assert set(of(credited(con, touches, rules=wider), "linear")) == {"a", "b", "c"}


def test_a_touch_after_the_purchase_earns_nothing_by_a_microsecond(con):
    assert credited(con, [Touch("1", 5, "a", "view", T0 + MICROSECOND)]) == {}


def test_a_feature_is_valid_from_its_first_instant_and_not_at_its_last(con):
    for name, first, last, is_valid in [
        ("from then on", at(-1), None, True),
        ("from a microsecond later on", at(-1) + MICROSECOND, None, False),
        ("until a microsecond later", None, at(-1) + MICROSECOND, True),
        ("until then", None, at(-1), False),
    ]:
        found = credited(con, [view("a", -1)], features=[Feature("a", 7, first, last)])
        assert bool(found) == is_valid, name


def test_content_that_features_another_product_earns_nothing(con):
    assert credited(con, [view("a", -1)], features=[Feature("a", 8)]) == {}


# --- 2.4 path, ties, repeats -------------------------------------------------------------------


def test_a_b_a_are_three_touchpoints(con):
    found = credited(con, [view("a", -3), view("b", -2), view("a", -1)], sale("90.00"))
    assert of(found, "linear") == {"a": D(60), "b": D(30)}
    assert of(found, "position_based") == {"a": D(72), "b": D(18)}  # 40 + 40 and 20
    assert of(found, "shapley_set") == {"a": D(45), "b": D(45)}
    assert of(found, "any_touch") == {"a": D(90), "b": D(90)}
    assert of(found, "first_touch") == of(found, "last_touch") == {"a": D(90)}


def test_touches_of_one_content_in_a_row_are_one_touchpoint_unless_told_otherwise(con):
    path = [view("a", -4), view("a", -3), view("b", -2)]
    assert of(credited(con, path), "linear") == {"a": D(50), "b": D(50)}
    each = credited(con, path, rules=Rules(collapse="none"))
    assert of(each, "linear") == {"a": D("66.67"), "b": D("33.33")}


def test_touches_are_put_together_after_those_of_other_products_are_left_out(con):
    # b does not feature it: what is left of a, b, a is a, a: one touchpoint.
    path = [view("a", -4), view("b", -3), view("a", -2), view("c", -1)]
    found = credited(con, path, features=[Feature("a", 7), Feature("b", 8), Feature("c", 7)])
    assert of(found, "linear") == {"a": D(50), "c": D(50)}


def test_at_one_instant_views_come_before_clicks_and_then_contents_by_name(con):
    found = credited(con, [click("a", -1), view("c", -1), view("b", -1)])
    assert of(found, "first_touch") == {"b": D(100)}
    assert of(found, "last_touch") == {"a": D(100)}


def test_a_left_over_unit_goes_to_the_larger_remainder_and_then_by_name(con):
    # 0.05 as 2 : 1 is 3.33 and 1.67: b has the larger remainder. 0.01 as 1 : 1 is a tie.
    path = [view("a", -3), view("b", -2), view("a", -1)]
    assert of(credited(con, path, sale("0.05")), "linear") == {"a": D("0.03"), "b": D("0.02")}
    tie = credited(con, [view("b", -2), view("a", -1)], sale("0.01"))
    assert of(tie, "linear") == {"a": D("0.01"), "b": 0}


# --- 2.5 models and touch policies -------------------------------------------------------------


def test_four_touchpoints_in_every_model(con):
    path = [view("a", -7 + 1e-9), view("b", -5), view("c", -2), click("a", 0)]
    found = credited(con, path)
    # Ages 7, 5, 2 and 0 days: weights 1/2, 2^(-5/7), 2^(-2/7) and 1, together 2.92989.
    assert of(found, "time_decay") == {"a": D("51.20"), "b": D("20.80"), "c": D("28.00")}
    assert of(found, "position_based") == {"a": D(80), "b": D(10), "c": D(10)}
    assert of(found, "linear") == {"a": D(50), "b": D(25), "c": D(25)}
    assert sum(of(found, "any_touch").values()) == 300
    for model in ADDITIVE:
        assert sum(of(found, model).values()) == 100


def test_two_touchpoints_share_by_halves_in_position_based(con):
    found = credited(con, [view("a", -2), view("b", -1)])
    assert of(found, "position_based") == {"a": D(50), "b": D(50)}


def test_half_a_life_older_weighs_half(con):
    found = credited(con, [view("a", -6), view("b", -3)], rules=Rules(half_life_days=3))
    assert of(found, "time_decay") == {"a": D("33.33"), "b": D("66.67")}


def test_a_touchpoint_with_a_click_is_click_through_in_all_of_its_credit(con):
    path = [view("a", -5), click("a", -4), view("b", -3), view("a", -2), view("c", -1)]
    found = credited(con, path)
    # a was there twice, by click and by view.
    assert found["linear", "a"] == (D(50), 0.5, D(25), D(25))
    assert found["first_touch", "a"] == (D(100), 1.0, 0, D(100))
    assert found["position_based", "a"] == (D(50), 0.5, D(10), D(40))
    assert found["any_touch", "a"] == (D(100), 1.0, D(50), D(50))
    assert found["linear", "b"].click_through == 0


def test_policies(con):
    path = [view("a", -3), click("b", -2), view("c", -1)]
    clicks = credited(con, path, rules=Rules(touch_policy="click_only"))
    assert of(clicks, "linear") == {"b": D(100)}
    first = credited(con, path, rules=Rules(touch_policy="click_first"))
    assert of(first, "linear") == {"b": D(100)}
    views = [view("a", -3), view("c", -1)]
    assert credited(con, views, rules=Rules(touch_policy="click_only")) == {}
    found = credited(con, views, rules=Rules(touch_policy="click_first"))
    assert of(found, "linear") == {"a": D(50), "c": D(50)}


def test_a_click_outside_a_narrower_window_does_not_hide_its_views(con):
    path = [click("a", -3), view("b", -0.5)]
    day = Rules(window_days=1, touch_policy="click_first")
    assert of(credited(con, path, rules=day), "linear") == {"b": D(100)}
