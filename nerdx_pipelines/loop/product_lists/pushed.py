"""What the warehouse remembers of the lists that were written to the shop.

A list is remembered before it is sent, so that it is known as ours whenever a run is killed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from nerdx_pipelines.shopify.recommendations import Place, Products
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse, run


def wanted_lists(con: duckdb.DuckDBPyConnection) -> dict[Place, Products]:
    """The lists as they are to be in the shop."""
    rows = con.sql(sql("loop/product_lists/wanted")).fetchall()
    return {(product, kind): tuple(products) for product, kind, products in rows}


@dataclass
class Memory:
    """What is remembered: what lists of `ours` may be in the shop, and which surely are."""

    ours: dict[Place, set[Products]] = field(default_factory=dict)
    written: dict[Place, Products] = field(default_factory=dict)


def remembered(con: duckdb.DuckDBPyConnection) -> Memory:
    """What the warehouse remembers; of a list that a killed run was sending, all it may be."""
    memory, open_ = Memory(), set()
    for product, kind, ids, is_sent in con.sql(sql("loop/product_lists/remembered")).fetchall():
        place, products = (product, kind), tuple(ids)
        memory.ours.setdefault(place, set()).add(products)
        memory.written[place] = products
        if not is_sent:
            open_.add(place)
    for place in open_:
        del memory.written[place]
    return memory


def sending(warehouse: Warehouse, lists: Mapping[Place, Products]) -> None:
    """Remember that these are about to be sent, beside what the lists were before."""
    if lists:
        _remember(warehouse, lists, (), is_sent=False)


def sent(
    warehouse: Warehouse, lists: Mapping[Place, Products], forgotten: Collection[Place]
) -> None:
    """Remember these lists alone, and of those `forgotten` nothing."""
    if lists or forgotten:
        _remember(warehouse, lists, {*forgotten, *lists}, is_sent=True)


def _remember(
    warehouse: Warehouse,
    lists: Mapping[Place, Products],
    forgotten: Collection[Place],
    *,
    is_sent: bool,
) -> None:
    with warehouse.write() as con:
        con.register("places", _table(dict.fromkeys(forgotten)))
        con.register("written", _table(lists))
        con.execute(sql("loop/product_lists/forget"))
        run(con, "loop/product_lists/remember", is_sent=is_sent)


def _table(lists: Mapping[Place, Products | None]) -> pa.Table:
    return pa.table(
        {
            "product_id": pa.array([product for product, _ in lists], pa.int64()),
            "kind": pa.array([kind for _, kind in lists], pa.string()),
            "recommended_product_ids": pa.array(lists.values(), pa.list_(pa.int64())),
        }
    )
