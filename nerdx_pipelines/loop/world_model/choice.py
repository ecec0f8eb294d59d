"""Which of several candidates is better than the default, so surely that it is no chance.

Pure functions of numpy arrays: what is measured is in `lists.py` and `credit.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from nerdx_pipelines.loop.evaluation.metrics import resampled
from nerdx_pipelines.loop.ranking import Floats

FEWEST_USERS = 200  # with an outcome: fewer tell nothing
DOUBT = 0.05  # that any interval of a learning is wrong


@dataclass(frozen=True)
class Evidence:
    """What one candidate scored, user by user, so that users can be drawn anew.

    The score is the sum over `parts`, each a sum of the users' first array divided by that of
    the second, less `shift`. The second arrays and `outcomes` are the same for all candidates of
    a parameter.
    """

    parts: tuple[tuple[Floats, Floats], ...]
    shift: float
    outcomes: int

    @property
    def users_with_outcome(self) -> int:
        """Users without whom the first part would be the same."""
        return int(np.count_nonzero(self.parts[0][1]))

    @property
    def score(self) -> float:
        """In [0, 1], the more the better."""
        return float(sum(top.sum() / bottom.sum() for top, bottom in self.parts) - self.shift)


class Trial(NamedTuple):
    """What `loop.world_model` says of a candidate, but for what is the same in all its rows."""

    parameter: str
    candidate: str
    is_default: bool
    is_chosen: bool
    measure: str
    score: float
    difference: float
    difference_low: float
    difference_high: float
    users: int
    outcomes: int
    note: str


def choose(
    parameter: str,
    measure: str,
    default: Any,
    candidates: tuple[Any, ...],
    evidence_of: Callable[[Any], Evidence],
    comparisons: int,
    unusable: tuple[Any, ...] = (),
) -> tuple[Any, list[Trial]]:
    """The best candidate whose difference to `default` has an interval above 0, else `default`.

    Intervals are of a paired bootstrap over users: the normal ones by its standard error (Efron and
    Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). They hold together for all
    `comparisons` of a learning (Bonferroni): else some of many equals would seem better by chance.
    Those `unusable` are measured, never chosen. Also all trials, in the order of `candidates`.
    """
    tried = [default, *(one for one in candidates if one != default)]
    evidence = [evidence_of(one) for one in tried]
    scores = [one.score for one in evidence]
    draws = _draws(evidence)
    doubt = NormalDist().inv_cdf(1 - DOUBT / 2 / max(1, comparisons))
    spread = doubt * (draws - draws[:, :1]).std(axis=0)
    difference = np.array(scores) - scores[0]
    low, high = difference - spread, difference + spread
    better = [
        (scores[i], -i)
        for i, one in enumerate(tried)
        if low[i] > 0 and scores[i] > scores[0] and one not in unusable
    ]
    chosen = tried[-max(better)[1]] if better else default
    trials = [
        Trial(
            parameter,
            told(one),
            one == default,
            one == chosen,
            measure,
            scores[i],
            float(difference[i]),
            float(low[i]),
            float(high[i]),
            len(evidence[i].parts[0][0]),
            evidence[i].outcomes,
            _note(one, default, chosen, float(low[i]), float(high[i]), one in unusable),
        )
        for i, one in enumerate(tried)
    ]
    order = [told(one) for one in candidates]
    trials.sort(key=lambda trial: order.index(trial.candidate) if trial.candidate in order else -1)
    return chosen, trials


def told(candidate: Any) -> str:
    """A candidate as text, one text for 7 and 7.0."""
    return candidate if isinstance(candidate, str) else f"{candidate:g}"


def _draws(evidence: list[Evidence]) -> Floats:
    """Scores in resamples of the users: draws x candidates."""
    columns = [array for one in evidence for part in one.parts for array in part]
    means = resampled(np.column_stack(columns))
    parts = len(evidence[0].parts)
    ratios = means[:, 0::2] / means[:, 1::2]
    shifts = np.array([one.shift for one in evidence])
    summed: Floats = ratios.reshape(len(means), len(evidence), parts).sum(axis=2) - shifts
    return summed


def _note(one: Any, default: Any, chosen: Any, low: float, high: float, is_unusable: bool) -> str:
    if one == default:
        if chosen == default:
            return "Default, kept: no other that can be used is better for sure."
        return "Default, given up for one that is better for sure."
    if low == high == 0:
        return "It makes no difference in this shop."
    verdict = "Better than the default for sure" if low > 0 else "Not better for sure"
    if high < 0:
        verdict = "Worse than the default for sure"
    if one == chosen:
        return f"{verdict}, and the best of those: chosen."
    if is_unusable:
        return f"{verdict}; shown only, for it gives lines no credits that could be used."
    return f"{verdict}, but not the best." if low > 0 else f"{verdict}."
