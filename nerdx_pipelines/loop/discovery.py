"""The discovery lists of the connection that `sql/loop/discovery.sql` was run on.

What is in them is EASE's (`ease.py`) and `ranking.py`'s; the other slots are `assets/loop.py`'s.
"""

from typing import Any

import duckdb
import numpy as np

from nerdx_pipelines.loop.ease import item_weights
from nerdx_pipelines.loop.ranking import Floats, Lists, Signals, best_items


def bought(con: duckdb.DuckDBPyConnection, value: str | None = None) -> Signals:
    """Users x products: what was bought, by `weight`, `interest`, or 1 (None)."""
    pairs: dict[str, Any] = con.table("discovery_pairs").fetchnumpy()
    return Signals(
        pairs["user_number"],
        pairs["item_number"],
        pairs[value] if value else np.ones(len(pairs["item_number"])),
        users=len(con.table("discovery_users")),
        columns=len(con.table("discovery_items")),
    )


def product_weights(con: duckdb.DuckDBPyConnection, l2: float) -> Floats:
    """How much each product bought speaks for each other: what was bought lately says more."""
    return item_weights(bought(con, "weight"), l2)


def discovery(
    con: duckdb.DuckDBPyConnection, products: Floats, interests: Signals | None = None
) -> Lists:
    """For each user, of products never bought, those that `products` speak for most.

    `interests` are those of other users than all, numbered as they are there.
    """
    items: dict[str, Any] = con.table("discovery_items").order("item_number").fetchnumpy()
    interests = interests or bought(con, "interest")
    return best_items(interests, products, items["sellable"], least=1e-6, novel=True)
