"""Which columns a KPI's column is made of, as Dagster shows it; written in `sql/kpi/lineage.json`.

That file is read out of the SQL and held against it by a test; nothing here parses SQL.
"""

import json
from collections.abc import Mapping
from functools import cache

import dagster as dg

from nerdx_pipelines.sql import text

# The asset that shows a table, where its key is not the table's own name.
ASSETS = {
    "staging.products": "shopify_products",
    "staging.product_variants": "shopify_product_variants",
    "staging.customers": "shopify_customers",
    "staging.orders": "shopify_orders",
    "staging.order_lines": "shopify_order_lines",
    "staging.refunds": "shopify_refunds",
    "staging.refund_lines": "shopify_refund_lines",
    "staging.content": "content_catalog",
    "attribution.credits": "attribution_credits",
    "attribution.data_driven": "data_driven_credits",
}


def column_lineage(table: str) -> dg.TableColumnLineage:
    """The columns that each column of kpi.`table` is computed of, by asset."""
    return dg.TableColumnLineage(
        {
            column: [_dep(source) for source in sources]
            for column, sources in _lineage()[table].items()
        }
    )


def _dep(source: str) -> dg.TableColumnDep:
    table, _, column = source.rpartition(".")
    return dg.TableColumnDep(ASSETS.get(table, table.partition(".")[2]), column)


@cache
def _lineage() -> Mapping[str, Mapping[str, list[str]]]:
    found: Mapping[str, Mapping[str, list[str]]] = json.loads(text("kpi/lineage.json"))
    return found
