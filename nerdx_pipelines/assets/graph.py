"""The graph's assets: each brings some kinds of nodes and edges up to date.

What the kinds are and how they are loaded is in `graph/`.
"""

import time
from collections.abc import Sequence
from typing import Any

import dagster as dg
import pandas as pd

from nerdx_pipelines.assets.tables import ENGINEERS
from nerdx_pipelines.graph import kinds as k
from nerdx_pipelines.graph.projection import count_wanted, project
from nerdx_pipelines.graph.survey import count
from nerdx_pipelines.resources.graph import GraphResource
from nerdx_pipelines.warehouse.database import Warehouse


def _graph_asset(
    name: str, description: str, kinds: Sequence[k.Kind], deps: Sequence[str]
) -> dg.AssetsDefinition:
    @dg.asset(
        name=name,
        description=description,
        group_name="graph",
        kinds={"neo4j"},
        owners=ENGINEERS,
        deps=deps,
    )
    def graph_asset(
        warehouse: dg.ResourceParam[Warehouse], graph: GraphResource
    ) -> dg.MaterializeResult[Any]:
        with graph.connect() as connected:
            start = time.monotonic()
            results = pd.DataFrame(project(warehouse, connected, kinds, graph.scope))
            seconds = time.monotonic() - start
            sent = int(results.written.sum() + results.deleted.sum())
            return dg.MaterializeResult(
                metadata={
                    "rows": int(results.total.sum()),
                    "rows_sent": sent,
                    "rows_without_key": int(results.without_key.sum()),
                    "rows_per_second": round(sent / seconds),
                    "kinds": dg.MetadataValue.md(results.to_markdown(index=False)),
                    "engine": connected.engine,
                    "uri": connected.address.uri,
                }
            )

    return graph_asset


graph_commerce = _graph_asset(
    "graph_commerce",
    "Users, products and purchases: who bought what.",
    [k.USER, k.PRODUCT, k.PURCHASE, k.MADE_PURCHASE, k.CONTAINS],
    [
        "shopify_products",
        "shopify_customers",
        "shopify_orders",
        "shopify_order_lines",
        "shopify_order_changes",
        "shopify_deletions",
        "shopify_webhooks",
        "touches",
    ],
)
graph_content = _graph_asset(
    "graph_content",
    "Contents with their figures, the products they feature, who viewed and clicked them.",
    [k.CONTENT, k.FEATURES, k.VIEWED, k.CLICKED_CONTENT, k.CLICKED_PRODUCT],
    ["graph_commerce", "content_catalog", "content_products", "touches", "content_kpis"],
)
graph_attribution = _graph_asset(
    "graph_attribution",
    "What each model credits each content for each purchase.",
    [k.ATTRIBUTED_TO],
    ["graph_content", "attribution_credits"],
)
graph_loop = _graph_asset(
    "graph_loop",
    "What users like, the five strongest tastes of each family, and what to recommend to them.",
    [k.TASTE, k.LIKES, k.RECOMMENDED, k.RECOMMENDED_CONTENT],
    ["graph_commerce", "graph_content", "taste_profiles", "recommendations"],
)


@dg.asset_check(
    asset=graph_attribution,
    additional_deps=[graph_loop],
    description="The graph holds as many of each kind as the warehouse. Fewer were deleted there: "
    "`nerdx graph rebuild` sends every row. More were not made here, and are only warned of.",
)
def graph_counts_match(
    warehouse: dg.ResourceParam[Warehouse], graph: GraphResource
) -> dg.AssetCheckResult:
    """Count both sides, kind by kind."""
    wanted = count_wanted(warehouse, graph.scope)
    with graph.connect() as connected:
        rows = [(kind.name, total, count(connected, kind)) for kind, total in wanted.items()]
    table = pd.DataFrame(rows, columns=["kind", "warehouse", "graph"])
    missing = bool((table.graph < table.warehouse).any())
    return dg.AssetCheckResult(
        passed=bool((table.warehouse == table.graph).all()),
        severity=dg.AssetCheckSeverity.ERROR if missing else dg.AssetCheckSeverity.WARN,
        metadata={"counts": dg.MetadataValue.md(table.to_markdown(index=False))},
    )
