"""The models on paths: examples worked by hand, the definitions themselves, and invariants."""

import math
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerdx_pipelines.attribution import DEFAULT_MODELS, MODELS, attribute
from nerdx_pipelines.attribution.markov import DENSE_STATES
from nerdx_pipelines.cli.attribute import MODELS as OFFERED
from nerdx_pipelines.errors import ConfigError
from tests.attribution.models.definitions import removal_effects

# Two converting journeys A > B worth 100, one A > A > C worth 30; five B end without.
EXAMPLE = [
    {"path": "A > B", "conversions": 2, "value": 100, "null": 0},
    {"path": "A > A > C", "conversions": 1, "value": 30, "null": 0},
    {"path": "B", "conversions": 0, "value": 0, "null": 5},
]


def by_channel(rows, model, order=1):
    return {credit.channel: credit[2:] for credit in attribute(rows, [model], order)}


@pytest.mark.parametrize(
    ("model", "conversions", "value"),
    [
        ("first_touch", (3, 0, 0), (130, 0, 0)),
        ("last_touch", (0, 2, 1), (0, 100, 30)),
        # A > B: 1/2 each, twice; A > A > C: 2/3 to A, 1/3 to C
        ("linear", (5 / 3, 1, 1 / 3), (70, 50, 10)),
        # A > A > C: 40 + 20 to A, 40 to C
        ("position_based", (1.6, 1, 0.4), (68, 50, 12)),
        # A > A > C has two distinct channels: half each
        ("shapley_set", (1.5, 1, 0.5), (65, 50, 15)),
        ("any_touch", (3, 2, 1), (130, 100, 30)),
    ],
)
def test_rule_models_by_hand(model, conversions, value):
    found = by_channel(EXAMPLE, model)
    for channel, worth, paid in zip("ABC", conversions, value, strict=True):
        assert found[channel] == pytest.approx((worth, paid, None), abs=1e-12)


def test_markov_by_hand():
    # Steps: start -> A 3, B 5; A -> B 2, A 1, C 1; B -> conversion 2, nothing 5; C -> conversion.
    # p(B) = 2/7, p(C) = 1, p(A) = 1/4 p(A) + 1/2 p(B) + 1/4 p(C) = 11/21,
    # p(start) = 3/8 p(A) + 5/8 p(B) = 3/8.
    # Without A: 5/8 p(B) = 5/28; without B: p(A) = 1/3, so 1/8; without C: p(A) = 4/21,
    # so 1/14 + 5/28 = 1/4.
    effects = {
        "A": 1 - Fraction(5, 28) / Fraction(3, 8),
        "B": 1 - Fraction(1, 8) / Fraction(3, 8),
        "C": 1 - Fraction(1, 4) / Fraction(3, 8),
    }
    total = sum(effects.values())
    for channel, found in by_channel(EXAMPLE, "markov").items():
        effect = effects[channel]
        expected = (3 * effect / total, 130 * effect / total, effect)
        assert found == pytest.approx(tuple(map(float, expected)), abs=1e-14)


def test_order_two_tells_apart_what_order_one_mixes_up():
    # Whoever comes to B by A always buys, by C never. Without C the first order loses as much
    # as without A; the second order knows that nobody who converts meets C.
    rows = [
        {"path": "A > B", "conversions": 1, "null": 0},
        {"path": "C > B", "conversions": 0, "null": 1},
    ]
    first, second = (by_channel(rows, "markov", order) for order in (1, 2))
    assert first["A"] == first["C"] == pytest.approx((0.25, None, 0.5))
    assert second["A"] == second["B"] == pytest.approx((0.5, None, 1))
    assert second["C"] == (0, None, 0)


paths = st.lists(st.sampled_from("ABCD"), min_size=1, max_size=5).map(" > ".join)
tables = st.lists(
    st.fixed_dictionaries(
        {
            "path": paths,
            "conversions": st.integers(0, 4),
            "value": st.integers(0, 500).map(lambda cents: cents / 100),
            "null": st.integers(0, 4),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(rows=tables, order=st.sampled_from([1, 2, 3]))
def test_removal_effects_are_their_definition(rows, order):
    expected = removal_effects(rows, order)
    found = {credit.channel: credit.removal_effect for credit in attribute(rows, ["markov"], order)}
    if expected is None:
        assert set(found.values()) == {None}
    else:
        assert found == pytest.approx({c: float(e) for c, e in expected.items()}, abs=1e-13)


@settings(max_examples=100, deadline=None)
@given(rows=tables, order=st.sampled_from([1, 2, 3]), random=st.randoms(use_true_random=False))
def test_invariants(rows, order, random):
    found = attribute(rows, MODELS, order)
    conversions = sum(row["conversions"] for row in rows)
    value = sum(row["value"] for row in rows)
    channels = sorted({channel for row in rows for channel in row["path"].split(" > ")})
    assert [(c.model, c.channel) for c in found] == [(m, c) for m in MODELS for c in channels]
    for model in DEFAULT_MODELS:
        mine = [credit for credit in found if credit.model == model]
        if model == "markov" and not conversions:
            assert all(credit[2:] == (None, None, None) for credit in mine)
            continue
        assert math.fsum(c.conversions for c in mine) == pytest.approx(conversions, abs=1e-11)
        assert math.fsum(c.value for c in mine) == pytest.approx(value, abs=1e-9)
        assert all(c.conversions >= 0 for c in mine)
    # The same table in another order, and with its rows split in two, to the last bit.
    shuffled = [dict(row) for row in rows] + [
        {"path": rows[0]["path"], "conversions": 0, "value": 0, "null": 0}
    ]
    random.shuffle(shuffled)
    assert attribute(shuffled, MODELS, order) == found
    assert attribute(pd.DataFrame(shuffled), MODELS, order) == found


@settings(max_examples=50, deadline=None)
@given(rows=tables, order=st.sampled_from([1, 2, 3]))
def test_all_models_agree_on_journeys_of_one_touch(rows, order):
    rows = [{**row, "path": row["path"][0]} for row in rows]
    found = {model: by_channel(rows, model, order) for model in MODELS if model != "markov"}
    for credits in found.values():
        assert credits == found["linear"]
    markov = by_channel(rows, "markov", order)
    if any(row["conversions"] for row in rows):
        for channel, (conversions, _, _) in found["linear"].items():
            assert markov[channel][0] == pytest.approx(conversions, abs=1e-12)


def test_one_channel_earns_everything():
    for model in MODELS:
        (credit,) = attribute([{"path": "A > A", "conversions": 3, "null": 4}], [model])
        assert credit.conversions == pytest.approx(3)


def test_the_sparse_way_gives_the_same():
    # A chain of more states than are solved densely: each journey goes by one channel of its
    # own to Z. Without the i-th channel one converting journey of all is lost; without Z, all.
    count = DENSE_STATES + 50
    rows = [
        {"path": f"{i:05} > Z", "conversions": 1 + (i < 10), "null": 1 + (i < 10)}
        for i in range(count)
    ]
    found = by_channel(rows, "markov")
    assert found["Z"][2] == pytest.approx(1, abs=1e-12)
    for i in (0, 10, count - 1):
        assert found[f"{i:05}"][2] == pytest.approx((1 + (i < 10)) / (count + 10), abs=1e-12)


def test_order_three_is_refused_where_it_has_too_many_states():
    rows = [
        {"path": f"{i} > {j} > {i + j}", "conversions": 1} for i in range(40) for j in range(40)
    ]
    with pytest.raises(ConfigError, match=r"order 3 .* states, more than 2,000: take a lower"):
        attribute(rows, ["markov"], 3)
    assert attribute(rows, ["markov"], 1)


@pytest.mark.parametrize(
    ("models", "order", "words"),
    [
        (["time_decay"], 1, "no times"),
        (["linnear"], 1, "no model 'linnear'; there are first_touch"),
        ([], 1, "No model is named"),
        (["markov"], 4, "1 to 3, not 4"),
    ],
)
def test_models_that_cannot_be_had(models, order, words):
    with pytest.raises(ConfigError, match=words):
        attribute(EXAMPLE, models, order)


def test_a_path_may_be_a_list_of_channels():
    as_lists = [{**row, "path": row["path"].split(" > ")} for row in EXAMPLE]
    assert attribute(as_lists, MODELS) == attribute(EXAMPLE, MODELS)


def test_the_command_offers_what_adds_up():
    assert ",".join(DEFAULT_MODELS) == OFFERED
