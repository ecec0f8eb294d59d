"""How good lists are, by what their users bought afterwards: metrics, and how sure they are.

Pure functions of numpy arrays; what is held out, and which lists are made of the rest, is the
callers' business.
"""

from typing import NamedTuple

import numpy as np

from nerdx_pipelines.loop.ranking import Bools, Floats, Ints, Lists

DRAWS, SEED = 1000, 7
_GRID = 2.0**30
_AT_ONCE = 2**22  # counts in memory


class Truth(NamedTuple):
    """What users bought: parallel arrays of distinct pairs, both numbered from 0."""

    user: Ints
    item: Ints
    users: int

    def bought(self) -> Ints:
        """Items by user."""
        return np.bincount(self.user, minlength=self.users).astype(np.int64)


class Interval(NamedTuple):
    """A figure, and the middle 95 % of what it would have been had other users come."""

    value: float
    low: float
    high: float


def places(lists: Lists, users: int, k: int) -> Ints:
    """`lists` as users x k items, best first; -1 where a list has ended."""
    table = np.full((users, k), -1)
    shown = lists.rank <= k
    table[lists.user[shown], lists.rank[shown] - 1] = lists.item[shown]
    return table


def filled(first: Ints, *others: Ints) -> Ints:
    """`first` (see `places`), its empty places taken by what the others have, each thing once."""
    table = first.copy()
    for user in np.flatnonzero((first < 0).any(axis=1)):
        row = dict.fromkeys(item for lists in (first, *others) for item in lists[user].tolist())
        row.pop(-1, None)
        best = list(row)[: table.shape[1]]
        table[user, : len(best)] = best
    return table


def hits(lists: Ints, truth: Truth, k: int) -> Bools:
    """Which of the first `k` places of `lists` (see `places`) name what the user then bought."""
    shown = lists[:, :k]
    items = int(max(shown.max(initial=-1), truth.item.max(initial=-1))) + 1
    keys = np.arange(truth.users)[:, None] * items + shown
    return np.isin(keys, truth.user * items + truth.item) & (shown >= 0)


def recall(lists: Ints, truth: Truth, k: int) -> Floats:
    """By user the part of what was bought that the list names; NaN for who bought nothing."""
    return _of_buyers(hits(lists, truth, k).sum(axis=1), truth.bought())


def ndcg(lists: Ints, truth: Truth, k: int) -> Floats:
    """By user the discounted gain, 1 / log2(1 + rank) a hit, as part of the best list's.

    Järvelin and Kekäläinen, ACM TOIS 20(4), 2002, relevance 0 or 1.
    """
    gains = 1 / np.log2(np.arange(2, k + 2))
    best = np.concatenate([[0.0], np.cumsum(gains)])[np.minimum(truth.bought(), k)]
    found = hits(lists, truth, k)
    return _of_buyers((found * gains[: found.shape[1]]).sum(axis=1), best)


def hit_rate(lists: Ints, truth: Truth, k: int) -> Floats:
    """By user 1 if the list names anything that was bought, else 0."""
    found = hits(lists, truth, k).any(axis=1).astype(float)
    return _of_buyers(found, np.minimum(truth.bought(), 1))


def coverage(lists: Ints, truth: Truth, k: int, items: int) -> float:
    """The part of `items` items that some list of a user who bought anything names."""
    named = np.unique(lists[truth.bought() > 0, :k])
    return float((named >= 0).sum() / items) if items else 0.0


def _of_buyers(gained: Floats, best: Floats | Ints) -> Floats:
    shares: Floats = np.full(len(best), np.nan)
    np.divide(gained, best, out=shares, where=best > 0)
    return shares


def resampled(values: Floats, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """Means of `values` (users x columns, no NaN) in `draws` resamples of the users.

    One resample is the same users for each column, so that the difference of two columns is a
    paired bootstrap. The same to the last bit whatever the number of threads: values are rounded
    to multiples of 2^-30, whose sums are exact up to 8 million users.
    """
    users = len(values)
    grid = np.rint(values * _GRID) / _GRID
    random = np.random.default_rng(seed)
    means: list[Floats] = []
    for _ in range(0, draws, step := max(1, _AT_ONCE // max(1, users))):
        picked = random.integers(users, size=(min(step, draws - len(means)), users))
        counts = [np.bincount(row, minlength=users) for row in picked]
        means += list(np.array(counts, float) @ grid / users)
    return np.array(means)


def interval(value: float, means: Floats) -> Interval:
    """`value` with the 2.5th and 97.5th percentile of its resampled `means`."""
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(value, float(low), float(high))
