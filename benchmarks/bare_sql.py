"""The statements of the project over the same files with nothing around them: one connection.

No Dagster, no lock, no transaction of parts, no check, no row count, no publication, and as much
memory as DuckDB takes. What a run of the project costs is measured against this.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import duckdb

from benchmarks.raw_files import Shop, orders_file, refund_lines_file
from nerdx_pipelines.assets.kpis import DAILY, WHOLE
from nerdx_pipelines.assets.shopify import replace_orders
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.settings import load_settings
from nerdx_pipelines.sql import literal, sql
from nerdx_pipelines.warehouse.credits import make_credits
from nerdx_pipelines.warehouse.database import run
from nerdx_pipelines.warehouse.kpis import make_kpis
from nerdx_pipelines.warehouse.records import Raw, load
from nerdx_pipelines.warehouse.schema import bring_up_to_date
from nerdx_pipelines.warehouse.touches import replace_catalog, replace_journeys, replace_touches


class OneConnection:
    """In the place of a warehouse: every write is on the same open connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The connection as it is."""
        yield self.con


def main() -> None:
    """Make all tables of a shop's files in a new file; seconds of each phase go to a file."""
    shop, files = Shop.told(sys.argv[1]), Path(sys.argv[2])
    settings = load_settings()
    rules = build_defs(settings).resources["rules"]
    settings.root.mkdir(parents=True)
    with duckdb.connect(settings.warehouse_path) as con:
        con.execute(f"SET TimeZone = 'UTC'; {sql('macros')}")
        con.execute(f"SET VARIABLE timezone = {literal(settings.timezone)}")
        bring_up_to_date(con)
        moments = [time.perf_counter()]
        _stage(con, shop, files, rules.widest_window)
        moments.append(time.perf_counter())
        about = {"first_day": shop.first, "last_day": shop.last, "done_day": None}
        run(con, "days/to_do", consumer="attribution_credits", **about)
        make_credits(con, rules.kinds, **rules.variables())
        moments.append(time.perf_counter())
        for table in (*DAILY, *WHOLE):
            make_kpis(con, table, rules.variables())
        moments.append(time.perf_counter())
    staging, credits, kpis = (b - a for a, b in pairwise(moments))
    phases = {"staging": staging, "credits": credits, "KPIs": kpis}
    (settings.root / "phases.json").write_text(json.dumps(phases), encoding="utf-8")


def _stage(con: duckdb.DuckDBPyConnection, shop: Shop, files: Path, widest_window: int) -> None:
    warehouse, now = OneConnection(con), datetime.now(UTC)

    def upsert(name: str) -> None:
        run(con, f"staging/{name}")
        run(con, "staging/rejected")

    load(warehouse, [Raw("product", files / "products.jsonl")], lambda _: upsert("products"))
    load(warehouse, [Raw("customer", files / "customers.jsonl")], lambda _: upsert("customers"))
    replace_catalog(con, files / "content", widest_window)
    for first, last in shop.parts:
        raw = [
            Raw("order", orders_file(files / "orders", first, last)),
            Raw("refund_line", refund_lines_file(files / "orders", first, last)),
        ]
        days = {"first_day": first, "last_day": last, "since": None}
        load(warehouse, raw, lambda con, days=days: replace_orders(con, pulled_at=now, **days))
    about = {"first_day": shop.first, "last_day": shop.last, "asset": "touches", "done_day": None}
    run(con, "days/landed", folder=str(files / "content"), **about)
    replace_touches(con, files / "content", shop.first, shop.last, widest_window)
    replace_journeys(con, widest_window)


if __name__ == "__main__":
    main()
