"""The graph as a projection of the warehouse: send what changed, delete what vanished.

What a kind is stands in `kinds.py`, `sql/graph` and `cypher/`; which of its rows the graph
already has, in `ledger.py`. The graph can be dropped at any time: the next load rebuilds it.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import Literal
from uuid import uuid4

import duckdb
from duckdb import DuckDBPyRelation

from nerdx_pipelines.errors import GraphError
from nerdx_pipelines.graph.client import BATCH, Graph, Row
from nerdx_pipelines.graph.kinds import EDGES, KINDS, NODES, Kind
from nerdx_pipelines.graph.ledger import Entry, Ledger
from nerdx_pipelines.graph.mark import OTHERS, Mark, move, read_mark
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse

Scope = Literal["all", "featured"]

# Rows entered in the ledger at once: at most as many does a killed load send again.
_ENTRIES = 10 * BATCH


@dataclass(frozen=True)
class KindResult:
    """What a load did to one kind: rows it should hold, rows sent, rows deleted.

    `without_key`: rows left out since a part of what identifies them is NULL.
    """

    kind: str
    total: int
    written: int
    deleted: int
    without_key: int = 0


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
        raise graph.error(
            "its last load is not this warehouse's last: another has loaded it, or one of the two "
            f"was restored from a copy. {OTHERS}"
        )
    with wanted(warehouse, scope) as con:
        return _Load(graph, ledger, mark, con).run(kinds)


def count(graph: Graph, kind: Kind) -> int:
    """How many of one kind the graph holds, whoever made them."""
    return int(graph.read(f"MATCH {kind.pattern} RETURN count(n) AS count")[0]["count"])


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
            whole = " AND ".join(f"{column} IS NOT NULL" for column in kind.key)
            con.execute(
                f"CREATE TEMP VIEW {kind.view} AS FROM {kind.view}_rows "
                f"WHERE {whole} AND {scope != 'none'}"
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
        self.entries: list[Entry] = []

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
            if kind in self.results:
                self._delete(kind)
        for kind in kinds:
            self._send(kind)
        self._settle()
        return list(self.results.values())

    def _compare(self, kind: Kind, *, deletions_only: bool = False) -> None:
        """Put the rows to send into `changed_<kind>`, the keys to delete into `gone_<kind>`."""
        name = kind.name
        key = ", ".join(f"'{column}': one.{column}" for column in kind.key)
        self.con.execute(
            f"CREATE TEMP TABLE wanted_{name} AS SELECT DISTINCT ON (key) "  # noqa: S608
            f"to_json({{{key}}})::VARCHAR AS key, hash(one) AS hash, * "
            f"FROM {kind.view} AS one ORDER BY key, hash"
        )
        self.con.execute(
            f"CREATE TEMP TABLE changed_{name} AS SELECT wanted.* FROM wanted_{name} AS wanted "  # noqa: S608
            f"LEFT JOIN graph.loaded ON loaded.kind = '{name}' AND loaded.key = wanted.key "
            f"WHERE loaded.hash IS DISTINCT FROM wanted.hash AND {not deletions_only}"
        )
        self.con.execute(
            f"CREATE TEMP TABLE gone_{name} AS SELECT key FROM graph.loaded "  # noqa: S608
            f"ANTI JOIN wanted_{name} USING (key) WHERE kind = '{name}'"
        )
        keyless = " OR ".join(f"{column} IS NULL" for column in kind.key)
        counted = [self.con.table(f"{part}_{name}") for part in ("wanted", "changed", "gone")]
        counted.append(self.con.view(f"{kind.view}_rows").filter(keyless))
        self.results[kind] = KindResult(name, *map(len, counted))

    def _doubt(self) -> None:
        """Enter every row about to change as uncertain."""
        touched = [
            self.con.table(f"{part}_{kind.name}").project(f"'{kind.name}' AS kind, key")
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
        gone = self.con.table(f"gone_{kind.name}")
        while entries := [Entry(kind.name, key, None) for (key,) in gone.fetchmany(_ENTRIES)]:
            self.graph.write(kind.statement("delete"), [json.loads(one.key) for one in entries])
            self._enter(entries)

    def _send(self, kind: Kind) -> None:
        if not self.results[kind].written:
            return
        # MERGE looks for what cannot be there yet in an empty graph; CREATE saves that time.
        empty = not self.graph.read(f"MATCH {kind.pattern} RETURN 1 LIMIT 1")
        changed = self.con.table(f"changed_{kind.name}").order("key")
        _, _, *columns = changed.columns
        while values := changed.fetchmany(BATCH):
            rows = [dict(zip(columns, row, strict=True)) for _, _, *row in values]
            empty = empty and self._create(kind, rows)
            if not empty:
                self.graph.write(kind.statement("merge"), rows)
            self._enter([Entry(kind.name, key, hash_) for key, hash_, *_ in values])

    def _create(self, kind: Kind, rows: Sequence[Row]) -> bool:
        """Create rows; False if some may exist by now, so that only MERGE is safe."""
        try:
            self.graph.write_once(kind.statement("create"), rows)
        except GraphError:
            return False
        return True

    def _enter(self, entries: Sequence[Entry]) -> None:
        self.entries += entries
        if len(self.entries) >= _ENTRIES:
            self._settle()

    def _settle(self) -> None:
        if self.entries:
            self.ledger.settle(self.entries)
            self.entries = []


def only_load(warehouse: Warehouse) -> AbstractContextManager[None]:
    """Keep other loads out: a slow one would overwrite what a later snapshot has sent."""
    busy = GraphError(
        f"Another load has been writing the graph for {warehouse.lock_timeout:.0f} s; "
        "wait for its run to end, or stop it."
    )
    return warehouse.turn("graph", busy)
