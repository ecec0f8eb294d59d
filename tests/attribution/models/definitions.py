"""Markov's removal effect as it is defined, in exact fractions: a chain solved once a channel.

Slow and obvious: the oracle of `nerdx_pipelines/attribution/markov.py`.
"""

from collections import defaultdict
from fractions import Fraction


def removal_effects(rows, order):
    """{channel: effect} of rows as `attribute` takes them; None if nothing converts."""
    counts = defaultdict(lambda: defaultdict(Fraction))
    channels = set()
    for row in rows:
        path = row["path"].split(" > ")
        channels.update(path)
        states = ["start", *(tuple(path[max(0, i - order + 1) : i + 1]) for i in range(len(path)))]
        for end, weight in (("conversion", row["conversions"]), ("null", row["null"])):
            if weight:
                for origin, target in zip(states, [*states[1:], end], strict=True):
                    counts[origin][target] += weight
    base = _conversion(counts, without=None)
    if not base:
        return None
    return {channel: 1 - _conversion(counts, channel) / base for channel in sorted(channels)}


def _conversion(counts, without):
    """P(conversion | start) where each state with `without` in it is as good as null."""
    states = [state for state in counts if state == "start" or without not in state]
    index = {state: i for i, state in enumerate(states)}
    rows = []
    for state in states:
        total = sum(counts[state].values())
        row = [Fraction(state == other) for other in states] + [Fraction(0)]
        for target, weight in counts[state].items():
            if target == "conversion":
                row[-1] += weight / total
            elif target in index:
                row[index[target]] -= weight / total
        rows.append(row)
    return _solved(rows)[index["start"]] if "start" in index else Fraction(0)


def _solved(rows):
    """The unknowns of a linear system, by Gauss and Jordan."""
    for i in range(len(rows)):
        pivot = next(j for j in range(i, len(rows)) if rows[j][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [number / rows[i][i] for number in rows[i]]
        for j in range(len(rows)):
            if j != i and rows[j][i]:
                factor = rows[j][i]
                rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [row[-1] for row in rows]
