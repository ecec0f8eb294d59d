"""Lists as they would have been before the last days, of us and of those we must not be below.

The lists are made by the statements and functions that make those people see; how good they are is
`evaluation.py`'s to say.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
import numpy as np

from nerdx_pipelines.loop.discovery import bought, discovery, product_weights
from nerdx_pipelines.loop.ease import MOST_BOUGHT, item_weights
from nerdx_pipelines.loop.evaluation import Truth, filled, places
from nerdx_pipelines.loop.ranking import LENGTH, Floats, Ints, Lists, best_items
from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import run

MOST_DAYS = 30
# Of the baselines, which stay what they are whatever we learn.
BASELINE_HALF_LIFE_DAYS, BASELINE_L2 = 90.0, 500.0


class Split(NamedTuple):
    """The days held out: how many, from when, and when they end."""

    held_out_days: int
    split_at: datetime
    until: datetime


@dataclass(frozen=True)
class Case:
    """What is to be judged: by kind of items (all, novel) the truth and each recommender's lists.

    `listable` products could have been listed: bought before, and sold by the shop now.
    """

    split: Split
    truth: dict[str, Truth]
    lists: dict[str, dict[str, Ints]]
    listable: int


def find_split(con: duckdb.DuckDBPyConnection) -> Split | None:
    """The days to hold out; None where the shop is too young for any."""
    con.execute(f"SET VARIABLE most_days = {MOST_DAYS}")
    row = con.execute(sql("loop/evaluation/split")).fetchone()
    return Split(*row) if row else None


def make_case(con: duckdb.DuckDBPyConnection, split: Split, weights: Weights) -> Case:
    """Everybody's lists of what was known at the split, numbered alike."""
    variables = weights.variables()
    run(con, "loop/facts", until=split.until, **variables)
    run(con, "loop/evaluation/held_out", split_at=split.split_at)
    run(con, "loop/facts", until=split.split_at, **variables)
    run(con, "loop/evaluation/known")
    run(con, "loop/repeat", length=LENGTH)
    run(con, "loop/discovery", most_bought=MOST_BOUGHT)
    run(
        con,
        "loop/evaluation/decayed_frequency",
        length=LENGTH,
        baseline_half_life_days=BASELINE_HALF_LIFE_DAYS,
    )
    truth = _truth(con)
    users = truth["all"].users
    items: dict[str, Any] = con.table("discovery_items").order("item_number").fetchnumpy()
    places_of = _Numbers(con, users)

    def best(weights: Floats, *, least: float, novel: bool) -> Ints:
        lists = best_items(bought(con), weights, items["sellable"], least=least, novel=novel)
        return places_of.lists(lists)

    nothing = np.zeros((len(items["sellable"]),) * 2)  # of one score, the most popular come first
    popular = {novel: best(nothing, least=0, novel=novel) for novel in (False, True)}
    plain = item_weights(bought(con), BASELINE_L2)
    new = places_of.lists(discovery(con, product_weights(con, weights.l2)))
    return Case(
        split,
        truth,
        {
            "all": {
                "nerdx": filled(places_of.table("repeat_lists"), new, popular[True]),
                "popularity": popular[False],
                "decayed_frequency": places_of.table("decayed_frequency_lists"),
                "ease": best(plain, least=1e-6, novel=False),
            },
            "novel": {
                "nerdx": new,
                "popularity": popular[True],
                "ease": best(plain, least=1e-6, novel=True),
            },
        },
        listable=len(con.sql("FROM sellable_products SEMI JOIN owned USING (product_id)")),
    )


def _truth(con: duckdb.DuckDBPyConnection) -> dict[str, Truth]:
    found: dict[str, Any] = con.table("truth").fetchnumpy()
    user, item, novel = (found[name] for name in ("user_number", "product_number", "is_novel"))
    users = len(con.table("evaluation_users"))
    return {
        "all": Truth(user, item, users),
        "novel": Truth(user[novel], item[novel], users),
    }


class _Numbers:
    """Lists in the numbers of the truth; of users without truth nothing is kept."""

    def __init__(self, con: duckdb.DuckDBPyConnection, users: int) -> None:
        self._con = con
        self._users = users
        self._user = self._known("discovery_users")
        self._item = self._known("discovery_items")

    def lists(self, lists: Lists) -> Ints:
        """`lists` in the numbers of discovery."""
        user = self._user[lists.user]
        known = user >= 0
        numbered = Lists(
            user[known], lists.rank[known], self._item[lists.item[known]], lists.score[known]
        )
        return places(numbered, self._users, LENGTH)

    def table(self, name: str) -> Ints:
        """The lists of a table of user_id, rank, product_id."""
        found: dict[str, Any] = self._con.sql(f"FROM numbered('{name}')").fetchnumpy()
        user, rank, item = (found[name] for name in ("user_number", "rank", "product_number"))
        return places(Lists(user, rank, item, np.empty(0)), self._users, LENGTH)

    def _known(self, of: str) -> Ints:
        """Our numbers by theirs."""
        found: dict[str, Any] = self._con.sql(sql(f"loop/evaluation/{of}")).fetchnumpy()
        numbers: Ints = found["number"]
        return numbers
