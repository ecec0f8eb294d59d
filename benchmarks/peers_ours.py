"""Our side of `peers.py`: `python -m benchmarks.peers_ours FOLDER FIRST_DAY LAST_DAY`.

Pulls and loads what the staging assets do, by the same code, without Dagster around it. The shop
is the environment's, as for every command; the tables end up in FOLDER/warehouse.duckdb.
"""

import sys
from datetime import date
from pathlib import Path

from nerdx_pipelines.assets.shopify import order_files, replace_orders
from nerdx_pipelines.partitions import day_bounds
from nerdx_pipelines.settings import load_settings
from nerdx_pipelines.shopify.pulling.pull import (
    CUSTOMERS,
    ORDERS,
    PRODUCTS,
    pull,
    pull_range,
    pull_refund_lines,
)
from nerdx_pipelines.shopify.transport.connect import connect
from nerdx_pipelines.warehouse.database import Warehouse, run
from nerdx_pipelines.warehouse.records import Raw, load


def main(folder: Path, first: date, last: date) -> None:
    shopify = connect(load_settings())
    warehouse = Warehouse(folder / "warehouse.duckdb")
    for resource, kind in ((PRODUCTS, "product"), (CUSTOMERS, "customer")):
        pulled = pull(shopify, resource, "", folder / f"{resource.name}.jsonl")
        load(
            warehouse,
            [Raw(kind, pulled.file)],
            lambda con, name=resource.name: run(con, f"staging/{name}"),
        )
    start, end = day_bounds(first, last, warehouse.timezone)
    raw = folder / "orders.jsonl"
    orders = pull_range(shopify, ORDERS, "processed_at", start, end, raw)
    refunds = pull_refund_lines(shopify, raw, folder / "refund_lines.jsonl")
    days = {"first_day": first, "last_day": last, "since": None}
    load(
        warehouse,
        order_files(orders, refunds),
        lambda con: replace_orders(con, pulled_at=orders.began, **days),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(date.fromisoformat, sys.argv[2:]))
