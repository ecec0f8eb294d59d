"""Lists as they would have been before the last days, of us and of those we must not be below.

The lists are made by the statements and functions that make those people see; how good they are is
`metrics.py`'s to say.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
import numpy as np

from nerdx_pipelines.loop.discovery import bought, discovery, product_weights
from nerdx_pipelines.loop.ease import MOST_BOUGHT, item_weights
from nerdx_pipelines.loop.evaluation.metrics import Truth, filled, places
from nerdx_pipelines.loop.ranking import LENGTH, Floats, Ints, Lists, Signals, best_items
from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import run

MOST_DAYS, MOST_USERS = 30, 20_000
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
    run(con, "loop/evaluation/known", most_users=MOST_USERS)
    run(con, "loop/repeat", length=LENGTH)
    run(con, "loop/discovery", most_bought=MOST_BOUGHT)
    run(
        con,
        "loop/evaluation/decayed_frequency",
        length=LENGTH,
        baseline_half_life_days=BASELINE_HALF_LIFE_DAYS,
    )
    items: dict[str, Any] = con.table("discovery_items").order("item_number").fetchnumpy()
    judged = _Judged(con)
    once = judged.signals(bought(con))

    def best(weights: Floats, *, least: float, novel: bool) -> Ints:
        return judged.lists(best_items(once, weights, items["sellable"], least=least, novel=novel))

    nothing = np.zeros((once.columns, once.columns))  # of one score, the most popular come first
    popular = {novel: best(nothing, least=0, novel=novel) for novel in (False, True)}
    plain = item_weights(bought(con), BASELINE_L2)
    products = product_weights(con, weights.l2)
    new = judged.lists(discovery(con, products, judged.signals(bought(con, "interest"))))
    return Case(
        split,
        _truth(con),
        {
            "all": {
                "nerdx": filled(judged.table("repeat_lists"), new, popular[True]),
                "popularity": popular[False],
                "decayed_frequency": judged.table("decayed_frequency_lists"),
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


class _Judged:
    """What discovery knows of users and items in its own numbers, in those of the truth."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._users = len(con.table("evaluation_users"))
        self._user = self._known("discovery_users")
        self._item = self._known("discovery_items")

    def signals(self, signals: Signals) -> Signals:
        """Those of the users who are judged."""
        user = self._user[signals.user]
        known = user >= 0
        return Signals(
            user[known],
            signals.column[known],
            signals.value[known],
            users=self._users,
            columns=signals.columns,
        )

    def lists(self, lists: Lists) -> Ints:
        """Lists made of such signals."""
        return places(lists._replace(item=self._item[lists.item]), self._users, LENGTH)

    def table(self, name: str) -> Ints:
        """The lists of a table of user_id, rank, product_id."""
        found: dict[str, Any] = self._con.sql(f"FROM numbered('{name}')").fetchnumpy()
        user, rank, item = (found[name] for name in ("user_number", "rank", "product_number"))
        return places(Lists(user, rank, item, np.empty(0)), self._users, LENGTH)

    def _known(self, of: str) -> Ints:
        """Numbers of the truth by theirs."""
        found: dict[str, Any] = self._con.sql(sql(f"loop/evaluation/{of}")).fetchnumpy()
        numbers: Ints = found["number"]
        return numbers
