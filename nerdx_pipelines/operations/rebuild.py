"""The job that drops what was loaded into the graph and loads it again; how is in `graph/`."""

import dagster as dg

from nerdx_pipelines.graph.rebuild import rebuild
from nerdx_pipelines.resources.graph import GraphResource
from nerdx_pipelines.warehouse.database import Warehouse

REBUILD_GRAPH = "rebuild_graph"


class Rebuild(dg.Config):
    """`take_over`: drop also what another warehouse, or a copy of this one, has loaded there."""

    take_over: bool = False


@dg.op(name="drop_and_load")
def _drop_and_load(
    context: dg.OpExecutionContext,
    config: Rebuild,
    warehouse: dg.ResourceParam[Warehouse],
    graph: GraphResource,
) -> None:
    """Say how much it was."""
    with graph.connect() as connected:
        dropped, loaded = rebuild(warehouse, connected, graph.scope, take_over=config.take_over)
    context.log.info(
        "%d nodes and edges dropped, %d loaded.", dropped, sum(kind.written for kind in loaded)
    )


@dg.job(
    name=REBUILD_GRAPH,
    description="Drops what was loaded into the graph, in batches, and loads everything again. "
    "Nothing that others keep there is touched. One that is killed is completed by the next load.",
)
def rebuild_graph() -> None:
    """One op."""
    _drop_and_load()
