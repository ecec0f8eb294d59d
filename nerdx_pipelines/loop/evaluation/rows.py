"""The figures of a case: each recommender's metrics, and how far ours is ahead of it.

A row is a row of `loop.evaluation`; what a metric is, `metrics.py` says.
"""

from typing import NamedTuple

import numpy as np

from nerdx_pipelines.loop.evaluation.lists import Case
from nerdx_pipelines.loop.evaluation.metrics import (
    Truth,
    coverage,
    hit_rate,
    interval,
    ndcg,
    recall,
    resampled,
)
from nerdx_pipelines.loop.ranking import LENGTH, Floats, Ints

OURS = "nerdx"
METRICS = {"recall": recall, "ndcg": ndcg, "hit_rate": hit_rate}


class Figure(NamedTuple):
    """One metric of one recommender; `lead` is ours less it, of the same users."""

    recommender: str
    items: str  # all, novel
    metric: str
    value: float
    low: float | None  # NULL: nobody can say by users
    high: float | None
    users: int
    lead: float | None  # NULL: ours itself
    lead_low: float | None
    lead_high: float | None


def figures(case: Case) -> list[Figure]:
    """Every metric of every recommender; none where nobody bought anything."""
    found: list[Figure] = []
    for items, lists in case.lists.items():
        truth = case.truth[items]
        if len(truth.user):
            found += _by_user(items, lists, truth)
            found += _coverage(items, lists, truth, case.listable)
    return found


def _by_user(items: str, lists: dict[str, Ints], truth: Truth) -> list[Figure]:
    names = [(recommender, metric) for recommender in lists for metric in METRICS]
    values: Floats = np.column_stack(
        [METRICS[metric](lists[recommender], truth, LENGTH) for recommender, metric in names]
    )[truth.bought() > 0]
    means = resampled(values)
    found = []
    for column, (recommender, metric) in enumerate(names):
        ours = names.index((OURS, metric))
        itself = interval(_mean(values[:, column]), means[:, column])
        lead = interval(
            _mean(values[:, ours] - values[:, column]), means[:, ours] - means[:, column]
        )
        found.append(
            Figure(
                recommender,
                items,
                metric,
                *itself,
                len(values),
                *((None, None, None) if column == ours else lead),
            )
        )
    return found


def _coverage(items: str, lists: dict[str, Ints], truth: Truth, listable: int) -> list[Figure]:
    parts = {name: coverage(table, truth, LENGTH, listable) for name, table in lists.items()}
    users = int((truth.bought() > 0).sum())
    return [
        Figure(
            name,
            items,
            "coverage",
            part,
            None,
            None,
            users,
            None if name == OURS else parts[OURS] - part,
            None,
            None,
        )
        for name, part in parts.items()
    ]


def _mean(values: Floats) -> float:
    return round(float(values.mean()), 9)  # what the order of addition changes is beyond that
