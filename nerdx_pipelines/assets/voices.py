"""The check that two engines which know nothing of each other credit the same.

SQL works on staging, Cypher on the graph (`cypher/queries/credits.cypher`). A third, plain
Python, is in the tests.
"""

from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pandas as pd

from nerdx_pipelines.assets.graph import graph_attribution, graph_loop
from nerdx_pipelines.cypher import cypher
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.resources.graph import GraphResource
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.warehouse.database import Warehouse, run

RECENT_ORDERS = 200  # a second or so of Cypher
_SHARE = 1e-9  # floats are not added in the same order
_SHOWN = 20
Key = tuple[str, str, str]  # line, model, content
Said = dict[Key, tuple[int, float]]  # minor units, share


@dg.asset_check(
    asset=graph_attribution,
    additional_deps=[graph_loop, "attribution_credits"],
    description=f"Cypher, from the graph alone, credits the lines of the {RECENT_ORDERS} newest "
    "credited orders as SQL does: the same minor units, the same share to 1e-9. Five models.",
)
def credits_in_two_voices(
    warehouse: dg.ResourceParam[Warehouse], graph: GraphResource, rules: AttributionRules
) -> dg.AssetCheckResult:
    """Ask both, and list what they disagree on."""
    with warehouse.read() as con:
        run(con, "checks/recent_credits", **rules.variables(), recent_orders=RECENT_ORDERS)
        ((since,),) = con.execute("SELECT getvariable('since')::TIMESTAMPTZ").fetchall()
        in_sql: Said = {
            (line, model, content): (credit, share)
            for line, model, content, credit, share in con.table("recent_credits").fetchall()
        }
    with graph.connect() as connected:
        lines = {line for line, _, _ in in_sql}
        in_cypher = {
            key: said
            for key, said in (_sung(connected, rules, since) if since else {}).items()
            if key[0] in lines
        }
    wrong = [key for key in sorted({*in_sql, *in_cypher}) if _differ(in_sql, in_cypher, key)]
    shown = pd.DataFrame(
        [(*key, in_sql.get(key), in_cypher.get(key)) for key in wrong[:_SHOWN]],
        columns=["line", "model", "content", "SQL", "Cypher"],
    )
    metadata: dict[str, Any] = {"lines": len(lines), "credits": len(in_sql), "differ": len(wrong)}
    if wrong:
        metadata["differences"] = dg.MetadataValue.md(shown.to_markdown(index=False))
    return dg.AssetCheckResult(passed=not wrong, metadata=metadata)


def _sung(graph: Graph, rules: AttributionRules, since: datetime) -> Said:
    rows = graph.read(
        cypher("queries/credits"),
        since=since.astimezone(UTC).isoformat(),
        until="9999-12-31T00:00:00Z",
        window_days=rules.window_days,
        half_life_days=rules.half_life_days,
        collapse=rules.collapse,
    )
    return {
        (row["line_id"], row["model"], row["content_id"]): (row["credit_units"], row["share"])
        for row in rows
    }


def _differ(one: Said, other: Said, key: Key) -> bool:
    if key not in one or key not in other:
        return True
    (credit, share), (other_credit, other_share) = one[key], other[key]
    return credit != other_credit or abs(share - other_share) > _SHARE
