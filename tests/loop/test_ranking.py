import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerdx_pipelines.loop import ranking
from nerdx_pipelines.loop.ease import item_weights
from nerdx_pipelines.loop.ranking import Signals, best_items


def signals(entries, users, columns):
    user, column, value = zip(*entries, strict=True) if entries else ((), (), ())
    return Signals(
        np.array(user, int), np.array(column, int), np.array(value, float), users, columns
    )


def as_dict(lists):
    found = {}
    for user, rank, item, score in zip(*(part.tolist() for part in lists), strict=True):
        found.setdefault(user, []).append((item, score))
        assert rank == len(found[user])
    return found


@st.composite
def problems(draw):
    users, columns = draw(st.integers(0, 4)), draw(st.integers(0, 12))
    cells = [(u, c) for u in range(users) for c in range(columns)]
    known = draw(st.lists(st.sampled_from(cells), unique=True)) if cells else []
    values = st.sampled_from([0.25, 0.5, 1.0])
    entries = [(u, c, draw(values)) for u, c in known]
    grid = st.sampled_from([-0.5, 0.0, 0.25, 0.1234567, 1.0])
    weights = [[draw(grid) for _ in range(columns)] for _ in range(columns)]
    allowed = [draw(st.booleans()) for _ in range(columns)]
    return (
        entries,
        users,
        columns,
        np.array(weights).reshape(columns, columns),
        np.array(allowed, bool),
    )


@settings(deadline=None)
@given(problems(), st.booleans(), st.sampled_from([0.0, 0.3]), st.randoms())
def test_lists_are_the_ten_best_by_score_then_number(problem, novel, least, random):
    entries, users, columns, weights, allowed = problem
    random.shuffle(entries)
    found = as_dict(
        best_items(signals(entries, users, columns), weights, allowed, least=least, novel=novel)
    )
    for user in range(users):
        known = {c: v for u, c, v in entries if u == user}
        scores = {
            item: round(sum(v * weights[c, item] for c, v in known.items()), 6)
            for item in range(columns)
            if allowed[item] and not (novel and item in known)
        }
        best = sorted((-score, item) for item, score in scores.items() if score >= least)
        assert found.get(user, []) == [(i, pytest.approx(-s, abs=2e-6)) for s, i in best[:10]]


def test_scores_do_not_depend_on_the_users_computed_together(monkeypatch):
    random = np.random.default_rng(1)
    bought = random.random((50, 40)) < 0.2
    entries = [(u, c, 1.0) for u, c in np.argwhere(bought)]
    allowed = np.ones(40, bool)
    whole = signals(entries, 50, 40)
    expected = as_dict(best_items(whole, item_weights(whole, 500), allowed, least=1e-6, novel=True))
    monkeypatch.setattr(ranking, "_BLOCK", 7)
    random.shuffle(entries)
    parts = signals([(int(u), int(c), v) for u, c, v in entries], 50, 40)
    assert (
        as_dict(best_items(parts, item_weights(parts, 500), allowed, least=1e-6, novel=True))
        == expected
    )


def test_weights_are_those_of_a_ridge_regression_on_all_other_products():
    bought = (np.random.default_rng(2).random((80, 12)) < 0.3).astype(float)
    users, items = np.nonzero(bought)
    weights = item_weights(Signals(users, items, np.ones(len(users)), *bought.shape), 500)
    for item in range(12):
        others = np.delete(np.arange(12), item)
        x, y = bought[:, others], bought[:, item]
        ridge = np.linalg.solve(x.T @ x + 500 * np.eye(11), x.T @ y)
        assert weights[others, item] == pytest.approx(ridge, abs=1e-12)
        assert weights[item, item] == 0


def test_that_all_purchases_fade_alike_changes_no_weight():
    bought = np.random.default_rng(4).integers(0, 5, (80, 12)) / 4
    users, items = np.nonzero(bought)
    new, old = (
        Signals(users, items, bought[users, items] * faded, *bought.shape) for faded in (1, 0.5)
    )
    assert item_weights(old, 500) == pytest.approx(item_weights(new, 500), abs=1e-15)
