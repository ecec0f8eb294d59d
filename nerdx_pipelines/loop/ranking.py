"""From what is known of users to the best few items of each, to the last bit the same.

What the numbers mean (purchases, tastes) and where they come from is the callers' business.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LENGTH = 10  # items in a list

_BLOCK = 1024  # users whose scores are in memory at once
_POINTS = 10**6  # in a score of 1


@dataclass(frozen=True)
class Signals:
    """A sparse matrix of `users` x `columns`: parallel arrays of its entries, in any order.

    Each pair (user, column) occurs once at most; users and columns are numbered from 0.
    """

    user: Ints
    column: Ints
    value: Floats
    users: int
    columns: int

    def blocks(self) -> Iterator[tuple[int, Floats]]:
        """The matrix in dense parts of some users each, with the number of the first."""
        order = np.argsort(self.user, kind="stable")
        user, column, value = self.user[order], self.column[order], self.value[order]
        for first in range(0, self.users, _BLOCK):
            last = min(first + _BLOCK, self.users)
            part = slice(*np.searchsorted(user, [first, last]))
            block = np.zeros((last - first, self.columns))
            block[user[part] - first, column[part]] = value[part]
            yield first, block


class Lists(NamedTuple):
    """Parallel arrays of list places, by user and rank (from 1); users and items by number."""

    user: Ints
    rank: Ints
    item: Ints
    score: Floats


_NOTHING = Lists(np.empty(0, int), np.empty(0, int), np.empty(0, int), np.empty(0))


def _bits(signals: Floats, weights: Floats) -> tuple[int, int]:
    """Binary digits for each after the point, 42 together, so that their sums are exact.

    Exact sums do not depend on the order of addition: neither the number of threads nor the
    users computed together can then change a score. Holds for sums below 2,048.
    """
    if (signals == np.rint(signals)).all():
        return 0, 42
    return (42, 0) if (weights == np.rint(weights)).all() else (12, 30)


def _on_grid(values: Floats, bits: int) -> Floats:
    return np.rint(values * 2.0**bits) / 2.0**bits


def best_items(
    signals: Signals, weights: Floats, allowed: Bools, *, least: float, novel: bool = False
) -> Lists:
    """For each user the LENGTH items with the highest score, a row of `signals @ weights`.

    `weights` is columns x items; only items `allowed` and with a score of at least `least`
    (>= 0) are listed, and with `novel` (columns are items) only those without a signal.
    Scores have six decimals; of items with one score, the one with the lower number is first.
    """
    fine, finer = _bits(signals.value, weights)
    weights = _on_grid(weights, finer)
    items = weights.shape[1]
    length = min(LENGTH, items)
    lists = [_NOTHING]
    for first, block in signals.blocks() if items else ():
        points = np.rint(_on_grid(block, fine) @ weights * _POINTS).astype(np.int64)
        listed = allowed & (points >= round(least * _POINTS))
        if novel:
            listed &= block == 0
        # Score and item in one integer, so that no two are equal; -1 for what is not listed.
        keys = np.where(listed, points * items + np.arange(items)[::-1], -1)
        best = np.partition(keys, items - length, axis=1)[:, items - length :]
        best = np.sort(best, axis=1)[:, ::-1]
        user, place = np.nonzero(best >= 0)
        score, item = np.divmod(best[user, place], items)
        lists.append(Lists(user + first, place + 1, items - 1 - item, score / _POINTS))
    return Lists(*(np.concatenate(parts) for parts in zip(*lists, strict=True)))
