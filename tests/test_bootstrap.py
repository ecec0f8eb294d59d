"""Resampling users: the distribution it should have, and nothing else that it depends on."""

import numpy as np

from nerdx_pipelines.bootstrap import BLOCK, DRAWS, resampled_sums, times_drawn


def test_users_are_drawn_as_often_as_chance_would():
    drawn = times_drawn(np.arange(20_000))
    assert drawn.shape == (20_000, DRAWS)
    # Poisson of mean 1, of every user and in every draw; four deviations of 4 million numbers.
    assert abs(drawn.mean() - 1) < 0.002
    assert abs(drawn.var() - 1) < 0.005
    for count, share in ((0, 0.36788), (1, 0.36788), (2, 0.18394), (3, 0.06131)):
        assert abs((drawn == count).mean() - share) < 0.001
    # Neighbours among users and among draws have nothing to do with each other.
    assert np.abs(np.corrcoef(drawn[:, :8].T.astype(float)) - np.eye(8)).max() < 0.03
    assert np.abs(np.corrcoef(drawn[:40].astype(float)) - np.eye(40)).max() < 0.35


def test_sums_are_those_of_each_draw_whatever_the_order_and_the_blocks():
    rng = np.random.default_rng(5)
    rows = 2 * BLOCK + 77
    groups = np.sort(rng.integers(0, 9, rows))
    users, amounts = rng.integers(0, 500, rows), rng.integers(-300, 90_000, rows)
    found = resampled_sums(groups, users, amounts, 10)
    for group in range(10):
        own = groups == group
        assert (found[group] == amounts[own] @ times_drawn(users[own])).all()
    shuffled = rng.permutation(rows)
    shuffled = shuffled[np.argsort(groups[shuffled], kind="stable")]
    again = resampled_sums(groups[shuffled], users[shuffled], amounts[shuffled], 10)
    assert (again == found).all()


def test_an_interval_holds_the_truth_as_often_as_it_says():
    """Of 300 months of one shop, about 95 % of the intervals hold what a month brings on average.

    Who looks is many, who buys is few, so the number of buyers is chance too.
    """
    rng, months = np.random.default_rng(7), 300
    buyers = rng.poisson(400, months)
    spent = np.round(rng.gamma(2, 500, buyers.sum())).astype(np.int64)
    users = rng.integers(0, 2**62, buyers.sum())
    draws = resampled_sums(np.repeat(np.arange(months), buyers), users, spent, months)
    low, high = np.quantile(draws, [0.025, 0.975], axis=1)
    held = ((low <= 400_000) & (high >= 400_000)).mean()
    assert 0.90 < held < 0.99


def test_no_rows_no_sums():
    nothing = np.array([], np.int64)
    assert resampled_sums(nothing, nothing, nothing, 0).shape == (0, DRAWS)
    assert (resampled_sums(nothing, nothing, nothing, 2) == 0).all()
