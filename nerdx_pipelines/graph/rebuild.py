"""Dropping what was loaded into a graph, and loading it again; nothing of others goes with it.

Either half may be killed: the ledger knows at any time what is uncertain, and the next load,
of whatever kind, sends what is missing.
"""

from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.difference import KindResult
from nerdx_pipelines.graph.kinds import KINDS
from nerdx_pipelines.graph.ledger import Ledger
from nerdx_pipelines.graph.mark import read_mark
from nerdx_pipelines.graph.projection import Scope, load, only_load
from nerdx_pipelines.graph.survey import everything
from nerdx_pipelines.warehouse.database import Warehouse


def rebuild(
    warehouse: Warehouse, graph: Graph, scope: Scope = "all", *, take_over: bool = False
) -> tuple[int, list[KindResult]]:
    """Delete all that this warehouse has loaded, in batches, then load everything.

    `take_over`: delete also what its ledger does not know, that is every node of our labels that
    has our key, and every edge of our types between two of them: what another warehouse left, or
    a copy of this one. Returns how many were deleted, and the load's results. Raises as `project`.
    """
    with only_load(warehouse):
        if take_over:
            graph.ensure_schema()
            Ledger(warehouse).take_over(read_mark(graph), everything(graph))
        dropped = load(warehouse, graph, KINDS, "none")
        return sum(kind.deleted for kind in dropped), load(warehouse, graph, KINDS, scope)
