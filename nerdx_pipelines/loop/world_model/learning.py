"""Learning the world model: each parameter's candidates tried on the last month, one by one.

What was known before the month is all that lists and credits are made of. What is measured is in
`lists.py` and `credit.py`; when a candidate wins, in `choice.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.loop.ease import MOST_BOUGHT
from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.loop.world_model.choice import FEWEST_USERS, Evidence, Trial, choose
from nerdx_pipelines.loop.world_model.chosen import USABLE_MODELS
from nerdx_pipelines.loop.world_model.credit import MARKOV, MODELS, CreditRules, Exposures
from nerdx_pipelines.loop.world_model.lists import MOST_USERS, Past
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import run

FEWEST_DAYS = 60  # of data: the month, and as much before it
TASTES = {
    "click_weight": (1, 3, 10, 30),
    "view_weight": (0, 1),
    "purchase_weight": (3, 10, 30),
    "touch_half_life_days": (3, 7, 14, 30, 60),
    "purchase_half_life_days": (30, 90, 180, 365),
}
REPEATS = {"repeat_half_life_days": (15, 30, 60, 90, 180, 365)}
DISCOVERIES = {
    "l2": (100, 250, 500, 1000, 2500),
    "discovery_half_life_days": (30, 90, 180, 365),
}
CREDITS: dict[str, tuple[Any, ...]] = {
    "model": MODELS,
    "touches": ("all", "click_only"),
    "window_days": (1, 3, 7, 14, 30),
    "half_life_days": (1, 3, 7, 14, 30),
}


@dataclass
class Learned:
    """The trials of one learning, in order, and why there are not more of them."""

    weights: Weights = field(default_factory=Weights)
    trials: list[Trial] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    months: dict[str, datetime | None] = field(default_factory=dict)

    def table(self) -> pa.Table:
        """The rows of `loop.world_model`."""
        instant = pa.timestamp("us", tz="UTC")
        columns = zip(*self.trials, strict=True) if self.trials else ([] for _ in Trial._fields)
        rows = dict(zip(Trial._fields, map(list, columns), strict=True))
        for name, moment in self.months.items():
            rows[name] = pa.array([moment] * len(self.trials), instant)
        return pa.table(rows)


def learn(con: duckdb.DuckDBPyConnection, rules: Mapping[str, Any]) -> Learned:
    """Learn from the warehouse that `con` reads; `rules` as `AttributionRules.variables`."""
    learned = Learned()
    validation_from, until, since, present = con.execute(sql("loop/world_model/split")).fetchall()[
        0
    ]
    learned.months = {
        "train_until": validation_from,
        "validation_from": validation_from,
        "validation_until": until,
        "as_of": present,
    }
    if since is None or until - since < timedelta(days=FEWEST_DAYS):
        learned.notes.append(f"There are fewer than {FEWEST_DAYS} days of data: defaults stay.")
        return learned
    defaults = Weights().variables()
    run(con, "loop/facts", until=until, **defaults)
    run(con, "loop/world_model/month", validation_from=validation_from)
    run(con, "loop/facts", until=validation_from, **defaults)
    run(
        con,
        "loop/world_model/past",
        validation_until=until,
        most_bought=MOST_BOUGHT,
        most_users=MOST_USERS,
    )
    past = Past(con)
    first = "nDCG@10 of products bought for the first time"
    _learn_weights(learned, REPEATS, "nDCG@10 of products bought, by frequency", past.repeats)
    _learn_weights(learned, DISCOVERIES, f"{first}, by EASE", past.discoveries)
    _learn_weights(learned, TASTES, f"{first}, by taste", past.tastes)
    _learn_credit(learned, con, rules)
    return learned


def _learn_weights(
    learned: Learned,
    grid: Mapping[str, tuple[Any, ...]],
    measure: str,
    evidence_of: Callable[[Weights], Evidence],
) -> None:
    """Each parameter in turn, the ones before it at what was chosen for them."""
    known = cache(evidence_of)
    for parameter, candidates in grid.items():

        def with_candidate(candidate: Any, parameter: str = parameter) -> Evidence:
            return known(replace(learned.weights, **{parameter: candidate}))

        default = getattr(learned.weights, parameter)
        if not _is_enough(learned, parameter, with_candidate(default)):
            continue
        chosen, trials = choose(
            parameter, measure, default, candidates, with_candidate, _comparisons()
        )
        learned.weights = replace(learned.weights, **{parameter: chosen})
        learned.trials += trials


def _learn_credit(
    learned: Learned, con: duckdb.DuckDBPyConnection, rules: Mapping[str, Any]
) -> None:
    window = int(rules["window_days"])
    exposures = Exposures(con, window, max([window, *CREDITS.get("window_days", ())]))
    measure = f"AUC of purchases within {window} days of a touch, by the contents' credit"
    kept = CreditRules(Weights.model, "all", window, float(rules["half_life_days"]))
    weights = learned.weights
    known = cache(lambda credit: exposures.foretold(credit, weights))
    for name, candidates in CREDITS.items():
        parameter = name if name == "model" else f"attribution_{name}"
        if not _is_enough(learned, parameter, known(kept)):
            return

        def with_candidate(candidate: Any, kept: CreditRules = kept, name: str = name) -> Evidence:
            return known(replace(kept, **{name: candidate}))

        if name == "model":
            try:
                with_candidate(MARKOV)
            except ConfigError as error:
                candidates = tuple(one for one in candidates if one != MARKOV)
                learned.notes.append(f"markov was not tried: {error}")
        unusable = tuple(one for one in candidates if name == "model" and one not in USABLE_MODELS)
        default = getattr(kept, name)
        chosen, trials = choose(
            parameter, measure, default, candidates, with_candidate, _comparisons(), unusable
        )
        kept = replace(kept, **{name: chosen})
        learned.trials += trials
    learned.weights = replace(learned.weights, model=kept.model)


def _is_enough(learned: Learned, parameter: str, evidence: Evidence) -> bool:
    users = evidence.users_with_outcome
    if users < FEWEST_USERS:
        learned.notes.append(
            f"{parameter}: {users} users bought what could be foretold in the month, fewer than "
            f"{FEWEST_USERS}: the default stays."
        )
    return users >= FEWEST_USERS


def _comparisons() -> int:
    grids = (REPEATS, DISCOVERIES, TASTES, CREDITS)
    return sum(len(candidates) - 1 for grid in grids for candidates in grid.values())
