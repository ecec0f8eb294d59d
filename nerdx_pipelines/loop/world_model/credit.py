"""How well the credit that content earned before a month foretells who buys in it.

Attribution models compared as predictors, by data they have not seen: X. Shao and L. Li,
"Data-driven Multi-touch Attribution Models" (KDD 2011) measure how accurately positive and
negative users are told apart; by the area under the ROC curve, J. van Kesteren, "Multi touch
attribution: searching for the best attribution model" (University of Amsterdam, 2015).
"""

from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np

from nerdx_pipelines.attribution.markov import DENSE_STATES, removal_effects
from nerdx_pipelines.attribution.paths import Codes, Paths
from nerdx_pipelines.attribution.rules import RULES, share_out
from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.loop.ranking import Bools, Floats
from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.loop.world_model.choice import Evidence
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import run

MARKOV, TIME_DECAY = "markov", "time_decay"
MODELS = (*RULES, TIME_DECAY, MARKOV)
MOST_EXPOSURES = 2_000_000  # touches, each once a product
FEWEST_PRODUCTS = 300  # most bought ones, before users are left out
_AS_IF = 100  # viewers more who behave as the mean: few viewers leave a content near it


@dataclass(frozen=True)
class CreditRules:
    """What decides the credit of content, and how it fades."""

    model: str
    touches: str  # all, click_only
    window_days: int
    half_life_days: float


@dataclass(frozen=True)
class Touched:
    """Touches in parallel arrays, those of a journey or moment side by side."""

    of: Codes
    content: Codes
    is_click: Bools
    age_days: Floats

    def eligible(self, rules: CreditRules) -> "Touched":
        """Those that `rules` give credit to."""
        kept = self.age_days < rules.window_days
        if rules.touches == "click_only":
            kept = kept & self.is_click
        return Touched(*(array[kept] for array in vars(self).values()))

    def touchpoints(self) -> "Touched":
        """The last touch of each run of one content."""
        ends = np.ones(len(self.of), bool)
        ends[:-1] = (self.of[1:] != self.of[:-1]) | (self.content[1:] != self.content[:-1])
        return Touched(*(array[ends] for array in vars(self).values()))


@dataclass
class Exposures:
    """What content did before and in the month, by the tables of a `Past`'s connection."""

    con: duckdb.DuckDBPyConnection
    window_days: int  # in which a purchase follows
    widest_window: int
    is_bought: Bools = field(init=False)
    user: Codes = field(init=False)  # of each moment
    users: int = field(init=False)
    _contents: int = field(init=False)

    def __post_init__(self) -> None:
        run(
            self.con,
            "loop/world_model/exposures",
            most_exposures=MOST_EXPOSURES,
            fewest_products=FEWEST_PRODUCTS,
            window_days=self.window_days,
            widest_window=self.widest_window,
        )
        run(self.con, "loop/world_model/moments")
        self._contents = len(self.con.table("world_contents"))
        outcomes = self._arrays("outcomes")
        self.is_bought, self.user = outcomes["is_bought"].astype(bool), outcomes["user_number"]
        self.users = int(self.user.max(initial=-1)) + 1
        viewers = self._arrays("viewers")
        self._viewers = np.zeros((2, self._contents))
        self._viewers[0, viewers["content_number"]] = viewers["viewers"]
        self._viewers[1, viewers["content_number"]] = viewers["clickers"]
        self._conversions = _touched(self._arrays("conversions"), "journey")
        self._histories = _touched(self._arrays("histories"), "moment")

    def foretold(self, rules: CreditRules, weights: Weights) -> Evidence:
        """The area under the ROC curve, over the moments, of the user's touches towards a product.

        Each counts for what its content earned a viewer by `rules`, times the weight of a view
        or click, halved each half-life of its age.
        """
        touched = self._histories.eligible(rules)
        worth = self.rates(rules)[touched.content] * 2.0 ** (
            -touched.age_days / rules.half_life_days
        )
        worth *= np.where(touched.is_click, weights.click_weight, weights.view_weight)
        scores = np.bincount(touched.of, weights=worth, minlength=len(self.user)).astype(float)
        return area_under_roc(scores, self.is_bought, self.user, self.users)

    def rates(self, rules: CreditRules) -> Floats:
        """Lines that `rules` credit to each content a viewer, or clicker if only clicks count."""
        credit = self.credit(rules)
        viewers = self._viewers[int(rules.touches == "click_only")]
        mean = credit.sum() / max(viewers.sum(), 1.0)
        rates: Floats = (credit + _AS_IF * mean) / (viewers + _AS_IF)
        return rates

    def credit(self, rules: CreditRules) -> Floats:
        """Lines that `rules` credit to each content; raises ConfigError where they cannot say."""
        converted = self._conversions.eligible(rules).touchpoints()
        if rules.model == MARKOV:
            return self._markov(converted)
        paths = self._paths(converted)
        if rules.model == TIME_DECAY:
            shares = 2.0 ** (-converted.age_days / rules.half_life_days)
            whole = np.add.reduceat(shares, paths.starts) if len(shares) else shares
            shares = shares / np.repeat(whole, paths.lengths)
        else:
            shares = RULES[rules.model](paths) if len(paths.codes) else np.empty(0)
        return share_out(paths, shares, np.ones(len(paths.lengths)))

    def _markov(self, converted: Touched) -> Floats:
        """All lines, divided by removal effect; raises ConfigError for too many contents."""
        dead = self._arrays("dead_ends")
        ends = Touched(
            dead["journey"], dead["content_number"], *np.zeros((2, len(dead["journey"])))
        ).touchpoints()
        ways = [self._paths(converted), self._paths(ends)]
        journeys = [len(way.lengths) for way in ways]
        used, codes = np.unique(np.concatenate([way.codes for way in ways]), return_inverse=True)
        paths = Paths(
            tuple(map(str, used)),
            codes,
            np.concatenate([way.lengths for way in ways]),
            np.repeat([1.0, 0.0], journeys),
            None,
            np.repeat([0.0, 1.0], journeys),
        )
        effects = removal_effects(paths, 1, DENSE_STATES)
        if effects is None or not effects.sum():
            raise ConfigError("No journey of content led to a purchase before the month.")
        credit = np.zeros(self._contents)
        credit[used] = journeys[0] * effects / effects.sum()
        return credit

    def _paths(self, touched: Touched) -> Paths:
        lengths = np.unique(touched.of, return_counts=True)[1].astype(np.int64)
        ones = np.ones(len(lengths))
        names = tuple(map(str, range(self._contents)))
        return Paths(names, touched.content, lengths, ones, None, 0 * ones)

    def _arrays(self, statement: str) -> dict[str, Any]:
        found: dict[str, Any] = self.con.sql(sql(f"loop/world_model/{statement}")).fetchnumpy()
        return found


def _touched(rows: dict[str, Any], of: str) -> Touched:
    return Touched(
        rows[of].astype(np.int64),
        rows["content_number"].astype(np.int64),
        rows["is_click"].astype(bool),
        rows["age_days"],
    )


def area_under_roc(scores: Floats, is_positive: Bools, user: Codes, users: int) -> Evidence:
    """The AUC, ties half, by users: the parts of the other kind that each moment beats.

    The parts of a user's positive and of its negative moments are what E. DeLong et al.
    (Biometrics 44(3), 1988) call structural components, and N. Obuchowski (Biometrics 53(2),
    1997) sums by cluster: to the first order the AUC of a resample is their means' sum less it.
    """
    scores = np.round(scores / max(scores.max(initial=0.0), 1e-300), 12)  # equals stay equal
    positive, negative = np.sort(scores[is_positive]), np.sort(scores[~is_positive])
    beaten = _part_below(negative, scores[is_positive])
    losing = 1 - _part_below(positive, scores[~is_positive])
    parts = [
        tuple(
            np.bincount(whose, weights=what, minlength=users).astype(float)
            for what in (part, np.ones(len(part)))
        )
        for whose, part in ((user[is_positive], beaten), (user[~is_positive], losing))
    ]
    return Evidence(
        tuple((top, bottom) for top, bottom in parts),
        float(beaten.mean()) if len(beaten) else 0.0,
        len(scores),
    )


def _part_below(ordered: Floats, values: Floats) -> Floats:
    """The part of `ordered` below each of `values`, equals half."""
    below = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    return np.asarray(below / (2 * max(len(ordered), 1)))
