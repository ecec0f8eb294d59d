"""The lineage of columns that Dagster shows is that of the SQL, and names what there is."""

import dagster as dg
import pytest

from nerdx_pipelines.assets.kpis import DAILY, WHOLE
from nerdx_pipelines.assets.lineage import column_lineage
from nerdx_pipelines.definitions import defs
from nerdx_pipelines.warehouse.schema import wanted_columns
from tests.kpi.column_lineage import FILE, derived, written


def test_the_file_is_that_of_the_statements():
    told = "sql/kpi/*.sql changed: run `python -m tests.kpi.column_lineage`"
    assert FILE.read_text(encoding="utf-8") == written(derived()), told


@pytest.mark.parametrize(
    ("table", "column", "expected"),
    [
        ("content_kpis", "attributed_revenue", {"attribution_credits.credit"}),
        ("content_kpis", "production_cost", {"content_catalog.production_cost"}),
        ("content_kpis", "buyers", {"shopify_orders.customer_id"}),
        ("content_daily", "cash_revenue", {"attribution_credits.credit"}),
        ("daily_sales", "gross_sales", {"shopify_order_lines.gross_sales"}),
        (
            "daily_sales",
            "net_sales",
            {
                "shopify_order_lines.gross_sales",
                "shopify_order_lines.discounts",
                "shopify_order_lines.returns",
                "shopify_refund_lines.amount",
            },
        ),
        ("product_kpis", "units_sold",
         {"shopify_order_lines.quantity", "shopify_order_lines.returned_quantity"}),
        ("creator_kpis", "revenue_per_content",
         {"content_kpis.attributed_revenue", "content_kpis.content_id"}),
    ],
)  # fmt: skip
def test_some_columns_by_hand(table, column, expected):
    deps = column_lineage(table).deps_by_column[column]
    found = {f"{dep.asset_key.to_user_string()}.{dep.column_name}" for dep in deps}
    # Which rows a sum takes may be asked of a column too.
    assert found - {"attribution_credits.model"} == expected


def test_every_source_is_a_column_of_an_asset_upstream():
    graph = defs.resolve_asset_graph()
    columns = {
        key: {c.name for c in graph.get(key).metadata["dagster/column_schema"].columns}
        for key in graph.get_all_asset_keys()
        if "dagster/column_schema" in graph.get(key).metadata
    }
    for table in [*DAILY, *WHOLE]:
        lineage = column_lineage(table)
        assert graph.get(dg.AssetKey(table)).metadata["dagster/column_lineage"] == lineage
        assert set(lineage.deps_by_column) == set(wanted_columns()[f"kpi.{table}"])
        above = graph.get_ancestor_asset_keys(dg.AssetKey(table))
        for column, deps in lineage.deps_by_column.items():
            for dep in deps:
                assert dep.column_name in columns[dep.asset_key], (table, column, dep)
                assert dep.asset_key in above, (table, column, dep)
