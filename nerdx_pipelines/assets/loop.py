"""The loop: what each user is drawn to, and what to show each next. Rules: `sql/loop`, `loop/`.

Both tables are rebuilt whole from staging, so that a refund takes back what a purchase did. What
was learned weighs in where anything was; it is no dependency, since the UI would then ask of each
backfill whether it may do without.
"""

from typing import Any

import dagster as dg
import duckdb
import numpy as np
import pyarrow as pa

from nerdx_pipelines.assets.tables import ANALYSTS, rebuilt, table_spec
from nerdx_pipelines.loop.contents import best_contents, content_weights
from nerdx_pipelines.loop.discovery import discovery, product_weights
from nerdx_pipelines.loop.ease import MOST_BOUGHT
from nerdx_pipelines.loop.ranking import LENGTH, Floats, Lists, Signals, best_items
from nerdx_pipelines.loop.world_model.chosen import learned
from nerdx_pipelines.resources.loop import LoopRules
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse, run

ORDERED = ["shopify_products", "shopify_orders", "shopify_order_lines"]
BEHAVIOUR = [*ORDERED, "touches", "journey_touches"]

MOST_WATCHED = 1500  # contents that the content slot chooses from

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
    "who have bought nothing, what suits their taste; `content`, what shows well such products. "
    "Only products on sale and in stock, only contents that are published and feature such. Some "
    "places are left to chance (is_exploration).",
    group="loop",
    # The world model is the last one learned: no run waits for the next.
    deps=[
        *BEHAVIOUR,
        "shopify_product_variants",
        "taste_profiles",
        "attribution_credits",
    ],
    owners=ANALYSTS,
)


@dg.multi_asset(name="taste_profiles", specs=[TASTE_PROFILES])
def taste_profiles(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult[Any]:
    """Rebuild every profile."""
    with warehouse.read() as con:
        run(con, "loop/facts", until=None, **learned(con).variables())
        rows = con.sql(sql("loop/taste_profiles")).to_arrow_table()
    return rebuilt(warehouse, TASTE_PROFILES, rows)


@dg.multi_asset(name="recommendations", specs=[RECOMMENDATIONS])
def recommendations(
    warehouse: dg.ResourceParam[Warehouse], rules: AttributionRules, loop_rules: LoopRules
) -> dg.MaterializeResult[Any]:
    """Rebuild every list."""
    with warehouse.read() as con:
        weights = learned(con)
        run(con, "loop/facts", until=None, **weights.variables())
        for model in ("repeat", "discovery", "cold_start"):
            run(con, f"loop/{model}", length=LENGTH, most_bought=MOST_BOUGHT)
        products = product_weights(con, weights.l2)
        con.register("discovery_lists", _table(discovery(con, products)))
        con.register("cold_start_lists", _cold_start(con))
        run(con, "loop/content_conversion", window_days=rules.window_days)
        run(con, "loop/content_slot", most_watched=MOST_WATCHED)
        con.register("content_lists", _contents(con, products))
        run(con, "loop/best_lists")
        run(con, "loop/exploration", exploration_share=loop_rules.exploration_share)
        rows = con.sql(sql("loop/recommendations")).to_arrow_table()
    result = rebuilt(warehouse, RECOMMENDATIONS, rows)
    with warehouse.write() as con:
        run(con, "loop/explorations")
    return result


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


def _contents(con: duckdb.DuckDBPyConnection, products: Floats) -> pa.Table:
    users, contents = len(con.table("content_users")), len(con.table("content_items"))
    values: dict[str, Any] = con.table("content_values").fetchnumpy()
    features: dict[str, Any] = con.table("content_features").fetchnumpy()
    rate: dict[str, Any] = con.table("content_items").order("item_number").fetchnumpy()
    seen: dict[str, Any] = con.table("content_seen").fetchnumpy()
    known: dict[str, Any] = con.table("content_signals").fetchnumpy()
    tastes = int(values["value_number"].max(initial=-1)) + 1
    weights = content_weights(
        products,
        Signals(
            features["product_number"],
            features["item_number"],
            np.ones(len(features["item_number"])),
            users=len(products),
            columns=contents,
        ),
        Signals(
            values["value_number"], values["item_number"], values["part"], tastes, columns=contents
        ),
        rate["conversion"],
    )
    signals = Signals(
        known["user_number"], known["signal_number"], known["weight"], users, len(weights)
    )
    marks = Signals(
        seen["user_number"], seen["item_number"], np.ones(len(seen["item_number"])), users, contents
    )
    return _table(best_contents(signals, weights, marks))


def _table(lists: Lists) -> pa.Table:
    return pa.table(
        {
            "user_number": lists.user,
            "rank": lists.rank,
            "item_number": lists.item,
            "score": lists.score,
        }
    )
