"""What the warehouse remembers of the lists that were written to the shop.

A list is remembered before it is sent, so that it is known as ours whenever a run is killed.
"""

from collections.abc import Collection, Mapping

import duckdb
import pyarrow as pa

from nerdx_pipelines.shopify.recommendations import Place, Products
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse


def wanted_lists(con: duckdb.DuckDBPyConnection) -> dict[Place, Products]:
    """The lists as they are to be in the shop."""
    rows = con.sql(sql("loop/product_lists_wanted")).fetchall()
    return {(product, kind): tuple(products) for product, kind, products in rows}


def remembered(con: duckdb.DuckDBPyConnection) -> dict[Place, set[Products]]:
    """What each list was when it was last written; of a run that was killed, or was to be."""
    known: dict[Place, set[Products]] = {}
    rows = con.sql(sql("loop/product_lists_remembered")).fetchall()
    for product, kind, products in rows:
        known.setdefault((product, kind), set()).add(tuple(products))
    return known


def remember(
    warehouse: Warehouse, lists: Mapping[Place, Products], forgotten: Collection[Place] = ()
) -> None:
    """Forget what there was of some lists, then remember these."""
    if not lists and not forgotten:
        return
    with warehouse.write() as con:
        con.register("places", _table(dict.fromkeys(forgotten)))
        con.register("written", _table(lists))
        con.execute(sql("loop/product_lists_forget"))
        con.execute(sql("loop/product_lists_remember"))


def _table(lists: Mapping[Place, Products | None]) -> pa.Table:
    return pa.table(
        {
            "product_id": pa.array([product for product, _ in lists], pa.int64()),
            "kind": pa.array([kind for _, kind in lists], pa.string()),
            "recommended_product_ids": pa.array(lists.values(), pa.list_(pa.int64())),
        }
    )
