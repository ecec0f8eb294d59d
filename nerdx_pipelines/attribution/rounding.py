"""Dealing out a whole number of minor units so that the parts add up to it.

What the parts are in proportion to is the callers' business; money is an integer here.
"""

from collections.abc import Sequence
from fractions import Fraction


def deal(units: int, weights: Sequence[float]) -> list[int]:
    """`units` in proportion to `weights` (>= 0, not all 0), by largest remainder.

    Ties go to the earlier weight. Exact: the weights are taken as the fractions they are.
    """
    sign = -1 if units < 0 else 1
    parts = [Fraction(weight) for weight in weights]
    whole = sum(parts)
    quotas = [abs(units) * part / whole for part in parts]
    dealt = [int(quota) for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda i: (dealt[i] - quotas[i], i))
    for i in by_remainder[: abs(units) - sum(dealt)]:
        dealt[i] += 1
    return [sign * part for part in dealt]
