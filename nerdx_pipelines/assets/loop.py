"""The loop: what each user is drawn to, and what to show each next. Rules: `sql/loop`, `loop/`.

Both tables are rebuilt whole from staging, so that a refund takes back what a purchase did.
"""

from typing import Any

import dagster as dg
import duckdb
import numpy as np
import pyarrow as pa

from nerdx_pipelines.assets.tables import ANALYSTS, materialized, table_spec
from nerdx_pipelines.loop.ease import MOST_BOUGHT, item_weights
from nerdx_pipelines.loop.ranking import LENGTH, Lists, Signals, best_items
from nerdx_pipelines.loop.world_model import learned
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse, run

ORDERED = ["shopify_products", "shopify_orders", "shopify_order_lines"]
BEHAVIOUR = [*ORDERED, "touches", "journey_touches"]

TASTE_PROFILES = table_spec(
    "taste_profiles",
    "loop.taste_profiles",
    "One row a user, family (category, brand, tag, creator) and value: its part in what the user "
    "viewed, clicked, and bought and kept, recent events counting more.",
    group="loop",
    deps=[*BEHAVIOUR, "content_catalog", "content_products"],
    owners=ANALYSTS,
)
RECOMMENDATIONS = table_spec(
    "recommendations",
    "loop.recommendations",
    f"One row a user, slot and rank, {LENGTH} a slot: `repeat`, what the user buys most often; "
    "`discovery`, what buyers of the same products bought too (EASE); `cold_start`, for users "
    "who have bought nothing, what suits their taste. Only products on sale and in stock.",
    group="loop",
    deps=[*BEHAVIOUR, "shopify_product_variants", "taste_profiles"],
    owners=ANALYSTS,
)


@dg.multi_asset(name="taste_profiles", specs=[TASTE_PROFILES])
def taste_profiles(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult[Any]:
    """Rebuild every profile."""
    with warehouse.read() as con:
        run(con, "loop/facts", until=None, **learned(con).variables())
        rows = con.sql(sql("loop/taste_profiles")).to_arrow_table()
    return _replace(warehouse, TASTE_PROFILES, rows)


@dg.multi_asset(name="recommendations", specs=[RECOMMENDATIONS])
def recommendations(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult[Any]:
    """Rebuild every list."""
    with warehouse.read() as con:
        weights = learned(con)
        run(con, "loop/facts", until=None, **weights.variables())
        for model in ("repeat", "discovery", "cold_start"):
            run(con, f"loop/{model}", length=LENGTH, most_bought=MOST_BOUGHT)
        con.register("discovery_lists", _discovery(con, weights.l2))
        con.register("cold_start_lists", _cold_start(con))
        rows = con.sql(sql("loop/recommendations")).to_arrow_table()
    return _replace(warehouse, RECOMMENDATIONS, rows)


def _discovery(con: duckdb.DuckDBPyConnection, l2: float) -> pa.Table:
    pairs: dict[str, Any] = con.table("discovery_pairs").fetchnumpy()
    items: dict[str, Any] = con.table("discovery_items").order("item_number").fetchnumpy()
    bought = Signals(
        pairs["user_number"],
        pairs["item_number"],
        np.ones(len(pairs["item_number"])),
        users=len(con.table("discovery_users")),
        columns=len(items["sellable"]),
    )
    return _table(
        best_items(bought, item_weights(bought, l2), items["sellable"], least=1e-6, novel=True)
    )


def _cold_start(con: duckdb.DuckDBPyConnection) -> pa.Table:
    known: dict[str, Any] = con.table("cold_start_tastes").fetchnumpy()
    pairs: dict[str, Any] = con.table("cold_start_pairs").fetchnumpy()
    items, values = len(con.table("cold_start_items")), len(con.table("cold_start_values"))
    tastes = Signals(
        known["user_number"],
        known["value_number"],
        known["weight"],
        users=len(con.table("cold_start_users")),
        columns=values,
    )
    has_value = np.zeros((values, items))
    has_value[pairs["value_number"], pairs["item_number"]] = 1
    return _table(best_items(tastes, has_value, np.ones(items, bool), least=0))


def _table(lists: Lists) -> pa.Table:
    return pa.table(
        {
            "user_number": lists.user,
            "rank": lists.rank,
            "item_number": lists.item,
            "score": lists.score,
        }
    )


def _replace(warehouse: Warehouse, spec: dg.AssetSpec, rows: pa.Table) -> dg.MaterializeResult[Any]:
    """Put `rows` in the place of all that the table of `spec` holds."""
    table = spec.metadata["dagster/table_name"]
    with warehouse.write() as con:
        con.register("rebuilt", rows)
        con.execute(f"DELETE FROM {table}")  # noqa: S608 (our own names)
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rebuilt")  # noqa: S608
        return materialized(con, spec)
