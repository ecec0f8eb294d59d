"""The rule models on plain paths: what part of a conversion each touch of its path earns.

Models that look at journeys without conversion are in `markov.py`; which there are, in
`models.py`.
"""

from collections.abc import Callable

import numpy as np

from nerdx_pipelines.attribution.paths import Floats, Paths


def first_touch(paths: Paths) -> Floats:
    """All to the first touch."""
    return _at(paths, paths.starts)


def last_touch(paths: Paths) -> Floats:
    """All to the last touch."""
    return _at(paths, paths.ends - 1)


def linear(paths: Paths) -> Floats:
    """The same to every touch, a channel that comes twice twice."""
    return np.repeat(1 / paths.lengths, paths.lengths)


def position_based(paths: Paths) -> Floats:
    """40 % to the first touch, 40 % to the last, 20 % among those between; two share evenly."""
    lengths = np.repeat(paths.lengths, paths.lengths)
    weights = np.where(lengths > 2, 0.2 / np.maximum(lengths - 2, 1), 1 / lengths)
    long = paths.lengths > 2
    weights[paths.starts[long]] = 0.4
    weights[paths.ends[long] - 1] = 0.4
    return weights


def shapley_set(paths: Paths) -> Floats:
    """The same to every distinct channel of the path.

    The Shapley value of the game whose coalition S earns the conversions of paths within S
    (Zhao, Mahboobi, Bagheri, arXiv 1804.05327). It ignores journeys that did not convert.
    """
    first = any_touch(paths)
    distinct = np.add.reduceat(first, paths.starts)
    return np.asarray(first / np.repeat(distinct, paths.lengths), dtype=np.float64)


def any_touch(paths: Paths) -> Floats:
    """All to each distinct channel of the path: channels together earn more than there is."""
    owner = np.repeat(np.arange(len(paths.lengths)), paths.lengths)
    firsts = np.unique(owner * len(paths.channels) + paths.codes, return_index=True)[1]
    return _at(paths, firsts)


RULES: dict[str, Callable[[Paths], Floats]] = {
    "first_touch": first_touch,
    "last_touch": last_touch,
    "linear": linear,
    "position_based": position_based,
    "shapley_set": shapley_set,
    "any_touch": any_touch,
}


def share_out(paths: Paths, weights: Floats, amounts: Floats) -> Floats:
    """`amounts` of the paths by the `weights` of their touches: one figure a channel."""
    earned = np.repeat(amounts, paths.lengths) * weights
    return np.bincount(paths.codes, weights=earned, minlength=len(paths.channels)).astype(float)


def _at(paths: Paths, touches: np.ndarray) -> Floats:
    weights = np.zeros(len(paths.codes))
    weights[touches] = 1
    return weights
