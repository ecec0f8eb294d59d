"""Whose load a graph holds: the node :NerdxGraph names the last load that wrote to it.

A ledger (`ledger.py`) that knows that load knows the graph. What another warehouse, or an older
copy of this one, has loaded is refused here, before anything is written.
"""

from dataclasses import dataclass
from uuid import uuid4

from nerdx_pipelines.cypher import cypher
from nerdx_pipelines.graph.client import Graph


@dataclass(frozen=True)
class Mark:
    """The id a graph was given when first met, and that of the last load; None if there is none."""

    graph_id: str
    load: str | None


def read_mark(graph: Graph) -> Mark:
    """The graph's mark; one that has none is given one."""
    found = _found(graph)
    if found is None:
        graph.write("UNWIND $rows AS row MERGE (:NerdxGraph {id: row.id})", [{"id": str(uuid4())}])
        found = _found(graph)
    if found is None:
        raise graph.error("its node :NerdxGraph was deleted at this moment; run this again")
    return found


def move(graph: Graph, seen: Mark, load: str) -> None:
    """Make `load` the last one. Raises GraphError if there was another since `seen`."""
    (row,) = graph.change(cypher("claim"), seen=seen.load or "", load=load)
    if not row["marks"]:
        raise graph.error(f"another load has begun meanwhile; run this again. {OTHERS}")


def _found(graph: Graph) -> Mark | None:
    # Two that first meet a graph at once may both mark it: a load moves every mark.
    rows = graph.read(
        "MATCH (g:NerdxGraph) RETURN g.id AS graph_id, g.load AS load ORDER BY g.load, g.id LIMIT 1"
    )
    return Mark(**rows[0]) if rows else None


OTHERS = (
    "One graph belongs to one warehouse: set NEO4J_DATABASE or NEO4J_URI to another graph; or, if "
    "that warehouse is no more, `nerdx graph rebuild --take-over` drops what it has loaded"
)
