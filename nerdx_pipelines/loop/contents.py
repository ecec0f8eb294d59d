"""From what is known of users, and what each content features, to the best few contents of each.

What the numbers mean and where they come from is the callers' business.
"""

import numpy as np

from nerdx_pipelines.loop.ranking import LENGTH, Floats, Lists, Signals

# Sums of products of a signal in 2^-12 and a weight in 2^-30 are exact below 2,048, so that they do
# not depend on the order of addition: no number of threads changes a list.
_SIGNAL, _WEIGHT = 2.0**12, 2.0**30
_POINTS = 2**30  # in a score of 1
_FIRST = 2**42  # points more than any score has: what was not seen comes before what was


def content_weights(products: Floats, features: Signals, parts: Signals, rate: Floats) -> Floats:
    """How much each product bought, and then each taste (rows), speaks for each content.

    `products` is products x products, what one bought says for another; `features` products x
    contents, 1 where featured; `parts` tastes x contents, how far a content is of a taste; `rate`
    what part of its viewers a content converts, of which only the proportions matter.
    ATTRIBUTION.md, section 4, slot (d): the sum over the featured products of the score of each,
    times the content's conversion.
    """
    shown = np.concatenate([block for _, block in features.blocks()] or [_empty(features)])
    liked = np.concatenate([block for _, block in parts.blocks()] or [_empty(parts)])
    weights: Floats = np.concatenate([_rounded(products, _WEIGHT) @ shown, liked])
    weights *= rate / max(rate, default=1)  # a rate alone may be too small for the grid
    return weights


def best_contents(known: Signals, weights: Floats, seen: Signals) -> Lists:
    """For each user the LENGTH contents with the highest row of `known @ weights`.

    Those that `seen` (users x contents) marks come after all others; of contents with one score,
    or none that is above 0, the one with the lower number is first. A score is the part of the
    user's highest one, with two decimals: what makes all scores larger changes no list.
    """
    weights = _rounded(weights, _WEIGHT)
    contents = weights.shape[1]
    length = min(LENGTH, contents)
    lists = []
    for (first, block), (_, marks) in zip(known.blocks(), seen.blocks(), strict=True):
        if not contents:
            break
        points = np.rint(_rounded(block, _SIGNAL) @ weights * _POINTS).astype(np.int64)
        points = np.maximum(points, 0)
        # Score and content in one integer, so that no two are equal.
        keys = points + np.where(marks > 0, 0, _FIRST)
        keys = keys * contents + np.arange(contents)[::-1]
        best = np.partition(keys, contents - length, axis=1)[:, contents - length :]
        best = np.sort(best, axis=1)[:, ::-1]
        item = contents - 1 - best % contents
        most = np.maximum(points.max(axis=1, keepdims=True), 1)
        score = np.round(np.take_along_axis(points, item, axis=1) / most, 2)
        user = np.repeat(first + np.arange(len(best)), length)
        rank = np.tile(np.arange(1, length + 1), len(best))
        lists.append(Lists(user, rank, item.ravel(), score.ravel()))
    if not lists:
        return Lists(np.empty(0, int), np.empty(0, int), np.empty(0, int), np.empty(0))
    return Lists(*(np.concatenate(parts) for parts in zip(*lists, strict=True)))


def _empty(signals: Signals) -> Floats:
    return np.zeros((0, signals.columns))


def _rounded(values: Floats, grid: float) -> Floats:
    return np.rint(values * grid) / grid
