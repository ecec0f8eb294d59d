"""The KPI tables and their publication. Each figure's rule is in `sql/kpi/<table>.sql`."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
import duckdb

from nerdx_pipelines.assets.bars import bars
from nerdx_pipelines.assets.days import make_days
from nerdx_pipelines.assets.lineage import column_lineage
from nerdx_pipelines.assets.tables import ANALYSTS, materialized, table_spec
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.kpis import make_kpis
from nerdx_pipelines.warehouse.publish import publish, publishing

LINEAGE = "dagster/column_lineage"
CREDITS = ["attribution_credits", "shopify_orders", "shopify_order_lines"]
TOUCHES = ["touches", "journey_touches", "content_catalog"]

# Tables over the whole period: what one row is, and what they are made of.
WHOLE: dict[str, tuple[str, Sequence[str]]] = {
    "content_kpis": (
        "One row a content: reach, conversions, attributed revenue and return on its cost, each "
        "with the figure that misleads less beside it.",
        [*CREDITS, *TOUCHES, "shopify_product_variants"],
    ),
    "product_kpis": (
        "One row a product: what it sold, who saw content of it, what that content sold.",
        [*CREDITS, *TOUCHES, "shopify_products", "content_products"],
    ),
    "creator_kpis": (
        "One row a creator: reach, revenue per content, return, best format.",
        ["content_kpis", "attribution_credits", *TOUCHES],
    ),
    "content_type_kpis": (
        "One row a content type: reach, conversions, average revenue, return.",
        ["content_kpis", "attribution_credits", *TOUCHES],
    ),
    "model_comparison": (
        "One row a content and model: does the winner depend on the model?",
        ["attribution_credits", "data_driven_credits", "content_catalog"],
    ),
    "product_content": (
        "One row a product and a content that features it: who saw it, who bought, what it earned.",
        [*CREDITS, *TOUCHES, "shopify_products", "content_products"],
    ),
    "paths": (
        "One row a path of content types to an order: how content works together.",
        ["attribution_credits", "content_catalog"],
    ),
    "cohorts": (
        "One row a month and first content: what the customers it brought were worth later.",
        [*CREDITS[1:], *TOUCHES],
    ),
    "time_lag": (
        "One row a lag in days: how long before a purchase content was seen first and last.",
        CREDITS,
    ),
    "platform_kpis": (
        "One row a figure for the whole shop.",
        [*CREDITS, "content_kpis", "content_type_kpis"],
    ),
    "health": (
        "One row a sign of how far the figures can be trusted.",
        [*CREDITS, "shopify_refunds", "touches"],
    ),
}
DAILY: dict[str, tuple[str, Sequence[str]]] = {
    "daily_sales": (
        "One row a day: gross sales, discounts, returns and net sales as Shopify reports them, "
        "and net revenue restated to the day of the order, attributed and not.",
        [*CREDITS, "shopify_refunds", "shopify_refund_lines"],
    ),
    "content_daily": (
        "One row a day and content: views, clicks, conversions, attributed revenue by the day of "
        "the purchase, of the touch, and as money moved.",
        [*CREDITS, "shopify_refunds", *TOUCHES],
    ),
}


def kpi_assets(days: dg.PartitionsDefinition[Any]) -> list[dg.AssetsDefinition]:
    """Every KPI table; the daily ones are partitioned by `days`."""
    return [
        *(_daily(name, *about, days) for name, about in DAILY.items()),
        *(_whole(name, *about) for name, about in WHOLE.items()),
        published_kpis,
    ]


def _spec(
    table: str,
    description: str,
    deps: Sequence[str],
    days: dg.PartitionsDefinition[Any] | None = None,
) -> dg.AssetSpec:
    spec = table_spec(
        table,
        f"kpi.{table}",
        description,
        group="kpi",
        deps=deps,
        owners=ANALYSTS,
        partitions=days,
    )
    return spec.merge_attributes(metadata={LINEAGE: column_lineage(table)})


def _whole(table: str, description: str, deps: Sequence[str]) -> dg.AssetsDefinition:
    spec = _spec(table, description, deps)

    @dg.multi_asset(name=table, specs=[spec])
    def kpi(
        warehouse: dg.ResourceParam[Warehouse], rules: AttributionRules
    ) -> dg.MaterializeResult[Any]:
        with warehouse.write() as con:
            make_kpis(con, table, rules.variables())
            head = con.table(f"kpi.{table}").limit(10).df().to_markdown(index=False)
            # Dagster's own pages take lineage from what was materialized, others from the asset.
            about = {"head": dg.MetadataValue.md(head), LINEAGE: spec.metadata[LINEAGE]}
            if chart := bars(con, table):
                about["chart"] = dg.MetadataValue.md(chart)
            return materialized(con, spec, **about)

    return kpi


def _daily(
    table: str, description: str, deps: Sequence[str], days: dg.PartitionsDefinition[Any]
) -> dg.AssetsDefinition:
    spec = _spec(table, description, deps, days)

    @dg.multi_asset(name=table, specs=[spec], backfill_policy=dg.BackfillPolicy.single_run())
    def kpi(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        rules: AttributionRules,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        def make(con: duckdb.DuckDBPyConnection) -> None:
            make_kpis(con, table, rules.variables())

        yield make_days(context, warehouse, spec, "day", make)

    return kpi


@dg.asset(
    group_name="kpi",
    kinds={"duckdb", "parquet"},
    owners=ANALYSTS,
    deps=[*WHOLE, *DAILY],
    description="The KPI tables as analysts open them: one DuckDB file, a Parquet and a CSV file "
    "each, replaced all at once, so that nobody ever reads a half-written set.",
)
def published_kpis(
    warehouse: dg.ResourceParam[Warehouse], paths: PathsResource
) -> dg.MaterializeResult[Any]:
    """Copy schema kpi out of the warehouse."""
    with publishing(paths.published_dir), warehouse.read() as con:
        rows = publish(con, paths.kpi_path, paths.published_dir)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(rows.values()),
            "path": dg.MetadataValue.path(paths.kpi),
            "tables": rows,
        }
    )
