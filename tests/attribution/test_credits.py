"""The SQL gives exactly the credits of the reference, whatever the order and the days of runs."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nerdx_pipelines.warehouse.credits import Kind
from tests.attribution.facts import all_rules, features_of, lines_of, touches_of
from tests.attribution.ledger import broken_invariants, make, read, read_reversals, store
from tests.attribution.reference import ADDITIVE, MODELS, Rules, ledger, reversals

many = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
randoms = st.randoms(use_true_random=False)


def assert_equal(found, expected):
    assert found.keys() == expected.keys()
    for key, credit in expected.items():
        assert found[key][0] == credit.credit, key
        assert found[key].share == pytest.approx(credit.share, abs=1e-12), key
        assert found[key][2:] == credit[2:], key


@many
@given(lines_of(), touches_of, features_of, all_rules)
def test_every_model_window_policy_and_collapse_equals_the_reference(
    con, lines, touches, features, rules
):
    store(con, lines, touches, features)
    make(con, rules)
    found, taken = read(con, rules), read_reversals(con, rules)
    for line in lines:
        assert_equal(found.get(line.line_id, {}), ledger(line, touches, features, rules))
        history = reversals(line, touches, features, rules)
        assert taken.get(line.line_id, {}) == history, line
    assert broken_invariants(con) == []


@many
@given(lines_of(), touches_of, features_of, all_rules, randoms)
def test_order_duplication_of_runs_and_partitioning_change_nothing(  # I3
    con, lines, touches, features, rules, random
):
    store(con, lines, touches, features)
    make(con, rules)
    once = read(con, rules), read_reversals(con, rules)
    random.shuffle(lines)
    random.shuffle(touches)
    random.shuffle(features)
    store(con, lines, touches, features + features)
    days = [(day, day) for day in {line.processed_at.date() for line in lines}]
    make(con, rules, days + days)
    assert (read(con, rules), read_reversals(con, rules)) == once


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(lines_of(), touches_of, features_of, st.sampled_from(["consecutive", "none"]))
def test_every_kind_made_in_one_go_is_what_it_is_alone(con, lines, touches, features, collapse):
    kinds = [Kind(*kind) for kind in product([1, 30, 7], ["all", "click_only", "click_first"])]
    store(con, lines, touches, features)
    make(con, Rules(collapse=collapse), kinds=[kind for kind in kinds if kind != (7, "all")])
    for window, policy in kinds:
        rules = Rules(window, policy, collapse)
        found, taken = read(con, rules), read_reversals(con, rules)
        for line in lines:
            assert_equal(found.get(line.line_id, {}), ledger(line, touches, features, rules))
            history = reversals(line, touches, features, rules)
            assert taken.get(line.line_id, {}) == history
    assert broken_invariants(con) == []


@many
@given(lines_of(), touches_of, features_of, all_rules)
def test_the_invariants_hold(con, lines, touches, features, rules):
    store(con, lines, touches, features)
    make(con, rules)
    found = read(con, rules)
    featured = {(f.content_id, f.product_id) for f in features}
    for line in lines:
        credits = found.get(line.line_id, {})
        for model in ADDITIVE:  # I1, and so I2 and I7
            parts = [credit for (of, _), (credit, *_) in credits.items() if of == model]
            assert not parts or sum(parts) == line.net_revenue
        contents = {content for _, content in credits}
        if len(contents) == 1:  # I5
            (content,) = contents
            assert {m: credits[m, content].credit for m in MODELS} == dict.fromkeys(
                MODELS, line.net_revenue
            )
        assert {(content, line.product_id) for content in contents} <= featured  # I6
        for credit in credits.values():
            assert credit.view_through + credit.click_through == credit.credit


@many
@given(lines_of(), touches_of, features_of, all_rules, st.integers(0, 4))
def test_a_refund_scales_what_a_line_earned_its_contents(  # I4
    con, lines, touches, features, rules, quarters
):
    sold = [replace(line, refunds=(), cancelled_at=None) for line in lines if line.net_revenue > 0]
    refunded = [_refunded(line, quarters) for line in sold]
    store(con, sold, touches, features)
    make(con, rules)
    before = read(con, rules)
    store(con, refunded, touches, features)
    make(con, rules)
    after, taken = read(con, rules), read_reversals(con, rules)
    for was, line in zip(sold, refunded, strict=True):
        credits = after.get(line.line_id, {})
        if not line.net_revenue:
            assert not credits
        else:
            assert credits.keys() == before.get(line.line_id, {}).keys()
        for (model, content), (credit, share, *_) in before.get(line.line_id, {}).items():
            left = credits[model, content].credit if credits else Decimal(0)
            unit = Decimal(1).scaleb(-line.digits)
            assert abs(left - credit * line.net_revenue / was.net_revenue) < 2 * unit
            if credits:
                assert credits[model, content].share == pytest.approx(share, abs=1e-12)
            if quarters:
                back = taken[line.line_id][line.line_id, model, content]
                assert credit - back == left  # to the cent


def _refunded(line, quarters):
    unit = Decimal(1).scaleb(-line.digits)
    amount = (line.net_revenue * quarters / 4).quantize(unit)
    if not quarters:
        return line
    when = line.processed_at + timedelta(days=3)
    return replace(
        line, net_revenue=line.net_revenue - amount, refunds=((line.line_id, when, amount),)
    )
