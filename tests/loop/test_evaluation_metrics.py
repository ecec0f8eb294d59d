from math import isnan, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerdx_pipelines.loop.evaluation import metrics as evaluation
from nerdx_pipelines.loop.evaluation.metrics import (
    Truth,
    coverage,
    filled,
    hit_rate,
    interval,
    ndcg,
    places,
    recall,
    resampled,
)
from nerdx_pipelines.loop.ranking import Lists


def truth(*bought):
    pairs = [(user, item) for user, items in enumerate(bought) for item in items]
    user, item = zip(*pairs, strict=True) if pairs else ((), ())
    return Truth(np.array(user, int), np.array(item, int), len(bought))


def test_worked_by_hand():
    lists = np.array([[4, 2, 9], [1, -1, -1], [5, 6, 7], [-1, -1, -1]])
    bought = truth([2, 9, 8, 7], [1], [], [3])
    assert recall(lists, bought, 3).tolist() == pytest.approx([2 / 4, 1, np.nan, 0], nan_ok=True)
    ideal = 1 + 1 / log2(3) + 1 / log2(4)
    assert ndcg(lists, bought, 3).tolist() == pytest.approx(
        [(1 / log2(3) + 1 / log2(4)) / ideal, 1, np.nan, 0], nan_ok=True
    )
    assert hit_rate(lists, bought, 3).tolist() == pytest.approx([1, 1, np.nan, 0], nan_ok=True)
    assert hit_rate(lists, bought, 1).tolist() == pytest.approx([0, 1, np.nan, 0], nan_ok=True)
    # Items 4, 2, 9 and 1: user 2 bought nothing and is not judged.
    assert coverage(lists, bought, 3, items=10) == 0.4
    assert coverage(lists, bought, 3, items=0) == 0


def test_lists_become_places():
    lists = Lists(np.array([1, 0, 1]), np.array([2, 1, 1]), np.array([7, 8, 9]), np.zeros(3))
    assert places(lists, 3, 2).tolist() == [[8, -1], [9, 7], [-1, -1]]
    assert places(lists, 2, 1).tolist() == [[8], [9]]


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 12), unique=True, max_size=5),
            st.frozensets(st.integers(0, 12)),
        ),
        min_size=1,
    ),
    st.integers(1, 5),
)
def test_metrics_are_those_of_plain_python(users, k):
    lists = np.array([(named + [-1] * 5)[:5] for named, _ in users])
    bought = truth(*(items for _, items in users))
    for found, (named, items) in zip(recall(lists, bought, k), users, strict=True):
        assert found == len(items & set(named[:k])) / len(items) if items else isnan(found)
    for found, (named, items) in zip(ndcg(lists, bought, k), users, strict=True):
        gain = sum(1 / log2(rank + 2) for rank, item in enumerate(named[:k]) if item in items)
        best = sum(1 / log2(rank + 2) for rank in range(min(k, len(items))))
        assert found == pytest.approx(gain / best) if items else isnan(found)


@settings(deadline=None)
@given(st.integers(2, 60), st.integers(0, 9))
def test_resamples_are_the_same_to_the_bit_however_many_are_made_at_once(users, seed):
    values = np.random.default_rng(seed).random((users, 3))
    whole = resampled(values, draws=40)
    at_once, evaluation._AT_ONCE = evaluation._AT_ONCE, 7 * users
    try:
        assert (resampled(values, draws=40) == whole).all()
    finally:
        evaluation._AT_ONCE = at_once
    assert (resampled(values[:, ::-1].copy(), draws=40)[:, ::-1] == whole).all()


def test_the_interval_of_a_share_is_that_of_the_binomial_distribution():
    values = (np.arange(1000) < 300).astype(float)[:, None]
    found = interval(0.3, resampled(values)[:, 0])
    deviation = (0.3 * 0.7 / 1000) ** 0.5
    assert found.low == pytest.approx(0.3 - 1.96 * deviation, abs=0.003)
    assert found.high == pytest.approx(0.3 + 1.96 * deviation, abs=0.003)


def test_what_two_have_in_common_cancels_out_of_their_difference():
    common = np.random.default_rng(1).random(500)
    means = resampled(np.column_stack([common + 0.01, common]))
    assert interval(0.01, means[:, 0] - means[:, 1]).low == pytest.approx(0.01, abs=1e-6)
    assert np.ptp(means[:, 0]) > 0.02


def test_empty_places_are_filled_in_order_with_what_is_not_listed_yet():
    first = np.array([[3, 5, -1, -1], [1, 2, 3, 4], [-1, -1, -1, -1]])
    second = np.array([[5, 7, -1, -1], [9, 9, 9, 9], [-1, -1, -1, -1]])
    third = np.array([[8, 3, 7, 6], [9, 9, 9, 9], [2, 1, -1, -1]])
    assert filled(first, second, third).tolist() == [[3, 5, 7, 8], [1, 2, 3, 4], [2, 1, -1, -1]]
    assert first[0].tolist() == [3, 5, -1, -1]
