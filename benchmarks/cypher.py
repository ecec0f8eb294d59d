"""The same credits by SQL from the warehouse and by Cypher from the embedded graph: time, rows.

Both hold the same shop, about 600,000 nodes and edges; what they say is compared, row by row.
"""

import os
import time
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.attribution_shop import FIRST, LAST, PRODUCTS, make_shop
from benchmarks.report import Table, spread
from nerdx_pipelines.cypher import cypher
from nerdx_pipelines.graph import embedded
from nerdx_pipelines.graph import kinds as k
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.projection import project
from nerdx_pipelines.warehouse.credits import Kind, make_ledger
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.database import run as run_statement

ORDERS = int(os.environ.get("NERDX_BENCH_GRAPH_ORDERS", 50_000))
RULES = {"window_days": 7, "half_life_days": 7.0, "collapse": "consecutive"}
# Purchases of a month at a time: what a query groups must fit into a quarter gigabyte.
MONTHS = [date(FIRST.year, month, 1) for month in range(1, 13)] + [date(FIRST.year + 1, 1, 1)]
KINDS = [k.MADE_PURCHASE, k.CONTAINS, k.FEATURES, k.VIEWED, k.CLICKED_CONTENT]
Credits = dict[tuple[str, str, str], int]  # line, model, content -> minor units


def run(repeat: int) -> list[Table]:
    with TemporaryDirectory(prefix="nerdx-cypher-") as folder:
        shop = make_shop(Path(folder) / "warehouse.duckdb", ORDERS)
        warehouse = Warehouse(shop.path)
        with warehouse.write() as con:
            con.execute(f"INSERT INTO staging.products (product_id) FROM range({PRODUCTS + 1})")
        sql_s = [_by_sql(warehouse) for _ in range(repeat)]
        state = Path(folder) / "graph"
        try:
            with Graph(embedded.start(state)) as graph:
                start = time.monotonic()
                elements = sum(kind.total for kind in project(warehouse, graph, KINDS))
                loading_s = time.monotonic() - start
                answers = [_by_cypher(graph) for _ in range(repeat)]
        finally:
            embedded.stop(state)
        cypher_s = [seconds for seconds, _ in answers]
        ours, theirs = _stored(warehouse), answers[0][1]
        differ = sum(ours.get(key) != theirs.get(key) for key in {*ours, *theirs})
    return [
        Table(
            f"Credits of {shop.orders:,} orders, by SQL and by Cypher",
            f"{elements:,} nodes and edges, loaded in {loading_s:.0f} s. SQL stores the credits of "
            "seven models and what refunds took back; Cypher answers those of five "
            "(`cypher/queries/credits.cypher`), a month of purchases at a time. The goal is 100 "
            "times.",
            ["", "time", "times as long", "credits", "that differ"],
            [
                ["SQL, the warehouse", spread(sql_s, "s"), "1", f"{len(ours):,}", ""],
                [
                    "Cypher, the embedded graph",
                    spread(cypher_s, "s"),
                    f"{median(cypher_s) / median(sql_s):,.1f}",
                    f"{len(theirs):,}",
                    f"{differ:,}",
                ],
            ],
        )
    ]


def _by_sql(warehouse: Warehouse) -> float:
    days: list[date] = [FIRST + timedelta(i) for i in range((LAST - FIRST).days + 1)]
    with warehouse.write() as con:
        con.execute("SELECT $1", [1])  # imports pandas, which a process pays once
        start = time.monotonic()
        run_statement(con, "days/part", part=days)
        make_ledger(con, [Kind(7, "all")], **RULES, widest_window=7)
        return time.monotonic() - start


def _by_cypher(graph: Graph) -> tuple[float, Credits]:
    start = time.monotonic()
    rows = [
        row
        for since, until in pairwise(f"{month}T00:00:00Z" for month in MONTHS)
        for row in graph.read(cypher("queries/credits"), **RULES, since=since, until=until)
    ]
    seconds = time.monotonic() - start
    return seconds, {
        (row["line_id"], row["model"], row["content_id"]): row["credit_units"] for row in rows
    }


def _stored(warehouse: Warehouse) -> Credits:
    with warehouse.read() as con:
        run_statement(con, "checks/recent_credits", window_days=7, recent_orders=10**9)
        found = con.execute("SELECT line_id, model, content_id, credit FROM recent_credits")
        return {(line, model, content): units for line, model, content, units in found.fetchall()}
