"""The check that what the graph says in figures is what the warehouse says, to the cent.

Loads set figures and never add to them; whoever else writes to the graph is noticed here.
"""

from typing import Any

import dagster as dg
import pandas as pd

from nerdx_pipelines.assets.graph import graph_attribution, graph_loop
from nerdx_pipelines.cypher import cypher
from nerdx_pipelines.resources.graph import GraphResource
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse

_SHOWN = 20
_UNIT = 10_000  # both sides count in ten-thousandths, whole numbers, so that sums are exact


@dg.asset_check(
    asset=graph_attribution,
    additional_deps=[graph_loop, "content_kpis", "attribution_credits"],
    description="Lifetime values of users, by currency and the end of their ids; views, clicks, "
    "conversions and attributed revenue of each content; credit of each model: as the graph and "
    "as the warehouse's own tables have them. `nerdx graph rebuild` mends what was changed there.",
)
def graph_figures_match(
    warehouse: dg.ResourceParam[Warehouse], graph: GraphResource
) -> dg.AssetCheckResult:
    """Ask both, and list what they disagree on."""
    with warehouse.inspect() as con:
        rows = con.execute(sql("checks/graph_figures")).fetchall()
    wanted: dict[tuple[str, str], int] = {(figure, part): amount for figure, part, amount in rows}
    with graph.connect() as connected:
        found = {
            (row["figure"], row["part"]): row["amount"]
            for row in connected.read(cypher("queries/figures"))
        }
    differ = [
        (*key, wanted.get(key, 0) / _UNIT, found.get(key, 0) / _UNIT)
        for key in sorted({*wanted, *found}, key=str)
        if wanted.get(key, 0) != found.get(key, 0)
    ]
    metadata: dict[str, Any] = {"figures": len(wanted), "differ": len(differ)}
    if differ:
        shown = pd.DataFrame(differ[:_SHOWN], columns=["figure", "of", "warehouse", "graph"])
        metadata["differences"] = dg.MetadataValue.md(shown.to_markdown(index=False))
    return dg.AssetCheckResult(passed=not differ, metadata=metadata)
