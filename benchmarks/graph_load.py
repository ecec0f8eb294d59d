"""Loading the graph: the bare driver, ours, ours again, and after changes; on both engines.

Each load is into a server of its own, just started and empty, from a warehouse never loaded
from before; what a server holds is counted after each.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from neo4j import Driver, GraphDatabase, ManagedTransaction

from benchmarks.attribution_shop import PRODUCTS, make_shop
from benchmarks.measure import BenchmarkError
from benchmarks.report import Table, spread
from nerdx_pipelines.graph import kinds as k
from nerdx_pipelines.graph import local
from nerdx_pipelines.graph.arcadedb import ArcadeDB
from nerdx_pipelines.graph.client import BATCH, Graph
from nerdx_pipelines.graph.neo4j import engine as neo4j_engine
from nerdx_pipelines.graph.projection import project, wanted
from nerdx_pipelines.graph.survey import count
from nerdx_pipelines.warehouse.database import Warehouse

ORDERS = int(os.environ.get("NERDX_BENCH_GRAPH_ORDERS", 50_000))
KINDS = (
    *(k.USER, k.PRODUCT, k.PURCHASE, k.CONTENT),
    *(k.MADE_PURCHASE, k.CONTAINS, k.FEATURES, k.VIEWED, k.CLICKED_CONTENT),
)
CHANGED = [
    f"UPDATE staging.{table} SET {change} WHERE hash({key}) % 100 = 0"
    for table, change, key in (
        ("orders", "financial_status = 'REFUNDED'", "order_id"),
        ("order_lines", "quantity = 2", "line_id"),
        ("touches", "touched_at = touched_at - INTERVAL 1 SECOND", "event_id"),
        ("products", "title = 'changed'", "product_id"),
    )
]
WAYS = ("bare driver", "first load", "unchanged", "1 % changed")
TICKS = os.sysconf("SC_CLK_TCK")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Cost:
    """One load: seconds by the clock, of the client's and of the server's processor; rows sent."""

    wall_s: float
    client_s: float
    server_s: float
    rows: int


def run(repeat: int) -> list[Table]:
    """The bare driver and ours in turn, `repeat` times on each engine that this machine can run."""
    engines: list[local.Engine] = [ArcadeDB()]
    lacking = neo4j_engine.missing()
    if lacking is None:
        neo4j_engine.libraries()
        engines.append(neo4j_engine.Neo4j())
    with TemporaryDirectory(prefix="nerdx-graph-") as name:
        folder = Path(name)
        shop = make_shop(folder / "pristine.duckdb", ORDERS).path
        with Warehouse(shop).write() as con:
            con.execute(f"INSERT INTO staging.products (product_id) FROM range({PRODUCTS + 1})")
        rows = _rows(Warehouse(shop))
        costs: dict[str, list[dict[str, Cost]]] = {type(engine).__name__: [] for engine in engines}
        for _ in range(repeat):
            for engine in engines:
                costs[type(engine).__name__].append(
                    _bare(engine, folder, rows) | _ours(engine, folder, shop, rows)
                )
    nodes, edges = (
        sum(len(rows[kind]) for kind in rows if kind in of) for of in (k.NODES, k.EDGES)
    )
    table = [line for engine, found in costs.items() for line in _lines(engine, found)]
    if lacking is not None:
        table.append([f"Neo4j: not run ({lacking})", *[""] * 6])
    return [
        Table(
            f"Loading {nodes:,} nodes and {edges:,} edges",
            "Into a server just started and empty, over Bolt on loopback. The bare driver sends "
            f"rows that are in memory as dictionaries, {BATCH:,} a transaction, with the same "
            "MERGE statements and constraints; ours reads them from the warehouse, compares them "
            "with what the graph holds, and keeps account of what it has sent. Rows a second are "
            "of the rows sent; ratios are of the repetitions' own: ours to the bare driver's rows "
            "a second (goal 0.9), and the first load's time to that of a later one (goal 20 for "
            "an unchanged one).",
            ["", "rows sent", "wall clock", "rows a second", "ratio", "client CPU", "server CPU"],
            table,
        )
    ]


def _lines(engine: str, found: list[dict[str, Cost]]) -> Iterator[list[str]]:
    for way in WAYS:
        costs = [one[way] for one in found]
        against = "bare driver" if way == "first load" else "first load"
        ratios = [one[against].wall_s / one[way].wall_s for one in found]
        rows = costs[0].rows
        yield [
            f"{engine}, {way}",
            f"{rows:,}",
            spread([cost.wall_s for cost in costs], "s"),
            f"{rows / median(cost.wall_s for cost in costs):,.0f}" if rows else "",
            "" if way == "bare driver" else f"{spread(ratios)} ×",
            *(
                spread([getattr(cost, of) for cost in costs], "s")
                for of in ("client_s", "server_s")
            ),
        ]


def _rows(warehouse: Warehouse) -> dict[k.Kind, Rows]:
    """All that the graph should hold, in the order in which the warehouse gives it."""
    with wanted(warehouse, "all") as con:
        return {kind: con.view(kind.view).to_arrow_table().to_pylist() for kind in KINDS}


def _bare(engine: local.Engine, folder: Path, rows: dict[k.Kind, Rows]) -> dict[str, Cost]:
    with _server(engine, folder) as (graph, pid):
        graph.ensure_schema()
        address = graph.address
        with GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver:
            cost = _cost(pid, partial(_send, driver, address.database, rows))
        _assert_complete(graph, rows)
    return {"bare driver": cost}


def _send(driver: Driver, database: str, rows: dict[k.Kind, Rows]) -> int:
    for kind in KINDS:
        statement = kind.statement("merge")
        for start in range(0, len(rows[kind]), BATCH):
            batch = rows[kind][start : start + BATCH]

            def work(
                tx: ManagedTransaction, statement: str = statement, rows: Rows = batch
            ) -> None:
                tx.run(statement, rows=rows).consume()

            with driver.session(database=database) as session:
                session.execute_write(work)
    return sum(map(len, rows.values()))


def _ours(
    engine: local.Engine, folder: Path, shop: Path, rows: dict[k.Kind, Rows]
) -> dict[str, Cost]:
    path = folder / "loaded" / "warehouse.duckdb"
    path.parent.mkdir()
    shutil.copy(shop, path)
    warehouse = Warehouse(path)
    try:
        with _server(engine, folder) as (graph, pid):

            def load() -> int:
                return sum(one.written + one.deleted for one in project(warehouse, graph, KINDS))

            found = {way: _cost(pid, load) for way in WAYS[1:3]}
            with warehouse.write() as con:
                for statement in CHANGED:
                    con.execute(statement)
            found[WAYS[3]] = _cost(pid, load)
            _assert_complete(graph, rows)
    finally:
        shutil.rmtree(path.parent)
    return found


@contextmanager
def _server(engine: local.Engine, folder: Path) -> Iterator[tuple[Graph, int]]:
    """A new empty graph, and the id of the process that serves it."""
    state = folder / engine.name
    try:
        with Graph(local.start(engine, state, timeout=120)) as graph:
            status = local.status(engine, state)
            if status is None:
                raise BenchmarkError(f"{engine.name} has ended")
            yield graph, status.pid
    finally:
        local.stop(engine, state)
        shutil.rmtree(state, ignore_errors=True)


def _cost(server: int, load: Callable[[], int]) -> Cost:
    wall, client, served = time.monotonic(), time.process_time(), _cpu(server)
    rows = load()
    return Cost(time.monotonic() - wall, time.process_time() - client, _cpu(server) - served, rows)


def _cpu(pid: int) -> float:
    """Seconds of processor time that a process has used (Linux: reads /proc)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _assert_complete(graph: Graph, rows: dict[k.Kind, Rows]) -> None:
    for kind in KINDS:
        if (held := count(graph, kind)) != len(rows[kind]):
            raise BenchmarkError(f"{len(rows[kind])} of {kind.name} were sent, {held} arrived")
