"""The graph as a projection of the warehouse: send what changed, delete what vanished.

What a kind is stands in `kinds.py`, `sql/graph` and `cypher/`; which of its rows the graph
already has, in `ledger.py`. The graph can be dropped at any time: the next load rebuilds it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import reduce
from typing import Literal
from uuid import uuid4

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyRelation

from nerdx_pipelines.errors import GraphError
from nerdx_pipelines.graph.ahead import one_ahead
from nerdx_pipelines.graph.client import BATCH, Graph, Row
from nerdx_pipelines.graph.difference import KindResult, compare, is_wanted
from nerdx_pipelines.graph.kinds import EDGES, KINDS, NODES, Kind
from nerdx_pipelines.graph.ledger import ENTRY, Ledger
from nerdx_pipelines.graph.mark import OTHERS, Mark, move, read_mark
from nerdx_pipelines.graph.survey import everything
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse

Scope = Literal["all", "featured"]

# Rows entered in the ledger at once: at most as many does a killed load send again.
_ENTRIES = 10 * BATCH


def project(
    warehouse: Warehouse, graph: Graph, kinds: Sequence[Kind] = KINDS, scope: Scope = "all"
) -> list[KindResult]:
    """Make the graph hold exactly the warehouse's rows of `kinds`, as of one snapshot.

    The nodes that an edge kind joins are brought along. Safe to kill and to repeat: a
    repetition sends what is missing. One load at a time; others wait. Raises GraphError,
    WarehouseError, DiskError.
    """
    with only_load(warehouse):
        return load(warehouse, graph, kinds, scope)


def load(
    warehouse: Warehouse, graph: Graph, kinds: Sequence[Kind], scope: Scope | Literal["none"]
) -> list[KindResult]:
    """`project` for who already is the `only_load`; the scope 'none' deletes what was loaded."""
    graph.ensure_schema()
    ledger, mark = Ledger(warehouse), read_mark(graph)
    if not ledger.adopt(mark):
        if not graph.address.is_embedded:
            raise graph.error(
                "its last load is not this warehouse's last: another has loaded it, or one of the "
                f"two was restored from a copy. {OTHERS}"
            )
        # Nobody else loads that one: the warehouse was made anew, or comes from a backup.
        ledger.take_over(mark, everything(graph))
    with wanted(warehouse, scope) as con:
        return _Load(graph, ledger, mark, con).run(kinds)


def count_wanted(warehouse: Warehouse, scope: Scope) -> dict[Kind, int]:
    """How many of each kind the graph should hold."""
    with wanted(warehouse, scope) as con:
        return {kind: len(con.view(kind.view)) for kind in KINDS}


@contextmanager
def wanted(
    warehouse: Warehouse, scope: Scope | Literal["none"]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A snapshot with a view `graph_<kind>` of the rows that the graph should hold.

    `graph_<kind>_rows` has those without a key too, for which MERGE has no answer.
    """
    with warehouse.read() as con:
        con.execute(sql("graph/macros"))
        con.execute("SET VARIABLE graph_scope = $scope", {"scope": scope})
        for kind in KINDS:
            con.execute(f"CREATE TEMP VIEW {kind.view}_rows AS {sql(f'graph/{kind.name}')}")
            con.execute(
                f"CREATE TEMP VIEW {kind.view} AS FROM {kind.view}_rows WHERE {is_wanted(kind)}"
            )
        yield con


class _Load:
    def __init__(
        self, graph: Graph, ledger: Ledger, mark: Mark, con: duckdb.DuckDBPyConnection
    ) -> None:
        self.graph = graph
        self.ledger = ledger
        self.mark = mark
        self.con = con
        self.results: dict[Kind, KindResult] = {}
        self.entries: list[pa.RecordBatch] = []

    def run(self, asked: Sequence[Kind]) -> list[KindResult]:
        with_ends = {*asked, *(node for kind in asked for node in kind.between)}
        kinds = [kind for kind in KINDS if kind in with_ends]
        for kind in kinds:
            self._compare(kind)
        if any(self.results[kind].deleted for kind in kinds if kind in NODES):
            # A node takes all its edges along, so the ledger has to lose them too.
            for kind in EDGES:
                if kind not in kinds:
                    self._compare(kind, deletions_only=True)
        self._doubt()
        for kind in reversed(KINDS):
            if kind in self.results and self.results[kind].deleted:
                self._delete(kind)
        for kind in kinds:
            if self.results[kind].written:
                self._send(kind)
        self._settle()
        return list(self.results.values())

    def _compare(self, kind: Kind, *, deletions_only: bool = False) -> None:
        found = compare(self.con, kind)
        self.results[kind] = replace(found, written=0) if deletions_only else found

    def _doubt(self) -> None:
        """Enter every row about to change as uncertain."""
        touched = [
            self.con.table(f"{part}_{kind.name}").project("kind, key")
            for kind, result in self.results.items()
            for part, rows in (("changed", result.written), ("gone", result.deleted))
            if rows
        ]
        if touched:
            rows = reduce(DuckDBPyRelation.union, touched).to_arrow_table()
            this_load = str(uuid4())
            self.ledger.doubt(rows, self.mark, this_load)
            move(self.graph, self.mark, this_load)

    def _delete(self, kind: Kind) -> None:
        statement = kind.statement("delete")

        def delete(keys: list[Row]) -> None:
            self.graph.write(statement, [json.loads(row["key"]) for row in keys])

        self._work_off(f"FROM gone_{kind.name}", ["kind", "hash"], delete)

    def _send(self, kind: Kind) -> None:
        # MERGE looks for what cannot be there yet in an empty graph; CREATE saves that time.
        empty = not self.graph.read(f"MATCH {kind.pattern} RETURN 1 LIMIT 1")

        def send(rows: list[Row]) -> None:
            nonlocal empty
            empty = empty and self._create(kind, rows)
            if not empty:
                self.graph.write(kind.statement("merge"), rows)

        self._work_off(f"FROM changed_{kind.name} ORDER BY key", ENTRY, send)

    def _create(self, kind: Kind, rows: Sequence[Row]) -> bool:
        """Create rows; False if some may exist by now, so that only MERGE is safe."""
        try:
            self.graph.write_once(kind.statement("create"), rows)
        except GraphError:
            return False
        return True

    def _work_off(
        self, query: str, not_sent: Sequence[str], work: Callable[[list[Row]], None]
    ) -> None:
        """Have the graph do `work` on the rows of `query`, and enter what it has done."""

        def parts() -> Iterator[tuple[pa.RecordBatch, list[Row]]]:
            for batch in self.con.sql(query).to_arrow_reader(BATCH):
                yield batch.select(ENTRY), batch.drop_columns(not_sent).to_pylist()

        for entries in one_ahead(work, parts()):
            self.entries.append(entries)
            if sum(map(len, self.entries)) >= _ENTRIES:
                self._settle()

    def _settle(self) -> None:
        if self.entries:
            self.ledger.settle(pa.Table.from_batches(self.entries))
            self.entries = []


def only_load(warehouse: Warehouse) -> AbstractContextManager[None]:
    """Keep other loads out: a slow one would overwrite what a later snapshot has sent."""
    busy = GraphError(
        f"Another load has been writing the graph for {warehouse.lock_timeout:.0f} s; "
        "wait for its run to end, or stop it."
    )
    return warehouse.turn("graph", busy)
