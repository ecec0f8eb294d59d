"""How well tastes, repeat lists and EASE, made of what was known when a month began, foretell it.

Lists are made by the statements that make those people see (`sql/loop`); which of several ways
is better is `choice.py`.
"""

from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np

from nerdx_pipelines.loop.discovery import bought, product_weights
from nerdx_pipelines.loop.ease import MOST_BOUGHT
from nerdx_pipelines.loop.evaluation.metrics import Truth, ndcg, places
from nerdx_pipelines.loop.ranking import LENGTH, Floats, Ints, Lists, Signals, best_items
from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.loop.world_model.choice import Evidence
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import run

MOST_USERS = 5000  # looked at: more take longer and make intervals little narrower
_NEVER = -8.0  # what an owned product gets; tastes give 4 at most, 1 a family


@dataclass
class Past:
    """A connection that sees the facts as they were when the month began, and what followed.

    Made after `sql/loop/world_model/month` and `past`; arrays are numbered as those have it.
    """

    con: duckdb.DuckDBPyConnection
    novel: Truth = field(init=False)  # what the users bought for the first time
    all: Truth = field(init=False)  # all of those who bought something again
    items: Ints = field(init=False)  # products by number of item
    _value_items: Floats | None = None

    def __post_init__(self) -> None:
        found = self._arrays("purchases")
        users = len(self.con.table("world_users"))
        user, product, novel = (
            found[name] for name in ("user_number", "product_number", "is_novel")
        )
        # Whoever bought nothing again is the same to every list of what they had.
        again = np.isin(user, np.unique(user[~novel]))
        self.novel = Truth(user[novel], product[novel], users)
        self.all = Truth(user[again], product[again], users)
        self.items = self._arrays("items")["product_number"]

    def repeats(self, weights: Weights) -> Evidence:
        """Products that the users had, by decayed frequency."""
        run(self.con, "loop/repeat", length=LENGTH, **weights.variables())
        found = self._arrays("repeats")
        user, rank, item = (found[name] for name in ("user_number", "rank", "product_number"))
        return _evidence(Lists(user, rank, item, np.empty(0)), self.all)

    def discoveries(self, weights: Weights) -> Evidence:
        """Products that the users never had, by EASE."""
        run(self.con, "loop/discovery", most_bought=MOST_BOUGHT, **weights.variables())
        user_of = np.ma.filled(self._arrays("discovery_users")["user_number"], -1)
        items = self._arrays("discovery_items")["product_number"]
        every = bought(self.con, "interest")
        own = user_of[every.user] >= 0
        interests = Signals(
            user_of[every.user[own]],
            every.column[own],
            every.value[own],
            self.novel.users,
            every.columns,
        )
        products = product_weights(self.con, weights.l2)
        lists = best_items(interests, products, np.ones(len(items), bool), least=1e-6, novel=True)
        return _evidence(lists._replace(item=items[lists.item]), self.novel)

    def tastes(self, weights: Weights) -> Evidence:
        """Products that the users never had, by their tastes times the products' attributes.

        From then on, the connection knows the users alone that are looked at.
        """
        if self._value_items is None:
            self._value_items = self._prepare_tastes()
        for name, value in weights.variables().items():
            self.con.execute(f"SET VARIABLE {name} = $1", [value])
        self.con.register("profiles", self.con.sql(sql("loop/taste_profiles")).to_arrow_table())
        known, owned = self._arrays("tastes"), self._arrays("owned")
        self.con.unregister("profiles")
        signals = Signals(
            np.concatenate([known["user_number"], owned["user_number"]]),
            np.concatenate([len(self.items) + known["value_number"], owned["item_number"]]),
            np.concatenate([known["weight"], np.ones(len(owned["user_number"]))]),
            self.novel.users,
            len(self._value_items),
        )
        allowed = np.ones(len(self.items), bool)
        lists = best_items(signals, self._value_items, allowed, least=1e-6)
        return _evidence(lists._replace(item=self.items[lists.item]), self.novel)

    def _prepare_tastes(self) -> Floats:
        """What an owned item, and after them each value, says of each item."""
        run(self.con, "loop/world_model/sample")
        pairs, items = self._arrays("value_items"), len(self.items)
        has_value = np.zeros((len(self.con.table("world_values")), items))
        has_value[pairs["value_number"], pairs["item_number"]] = 1
        return np.concatenate([_NEVER * np.eye(items), has_value])

    def _arrays(self, statement: str) -> dict[str, Any]:
        found: dict[str, Any] = self.con.sql(sql(f"loop/world_model/{statement}")).fetchnumpy()
        return found


def _evidence(lists: Lists, truth: Truth) -> Evidence:
    """nDCG@10 of the users who bought anything of `truth`."""
    scores = ndcg(places(lists, truth.users, LENGTH), truth, LENGTH)
    scores = scores[truth.bought() > 0]
    return Evidence(((scores, np.ones(len(scores))),), 0.0, len(truth.user))
