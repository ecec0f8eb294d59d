"""Attribution: what part of each purchased line each content earned. Rules: `sql/attribution`."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import duckdb

from nerdx_pipelines.assets.days import make_days
from nerdx_pipelines.assets.tables import table_spec
from nerdx_pipelines.partitions import window_before
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.warehouse.credits import make_credits
from nerdx_pipelines.warehouse.database import Warehouse, run


def attribution_assets(
    days: dg.PartitionsDefinition[Any], window_days: int
) -> list[dg.AssetsDefinition]:
    """The credits, partitioned by `days` of purchase; touches reach `window_days` back."""
    spec = table_spec(
        "attribution_credits",
        "attribution.credits",
        "One row a purchased line, content and model: the content's part of the line's net "
        "revenue, by view and by click. Seven models; in all but any_touch the parts of a line sum "
        "to its net revenue. attribution.reversals has what refunds and cancellations took back.",
        group="attribution",
        deps=[
            "shopify_orders",
            "shopify_order_lines",
            "shopify_refund_lines",
            "shopify_order_changes",
            "shopify_deletions",
            "shopify_webhooks",
            "content_products",
            "content_events",
            "journey_touches",
            dg.AssetDep("touches", partition_mapping=window_before(window_days)),
        ],
        partitions=days,
    )

    @dg.multi_asset(
        name="attribution_credits", specs=[spec], backfill_policy=dg.BackfillPolicy.single_run()
    )
    def attribution_credits(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        rules: AttributionRules,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Replace the credits of the run's days and the changed ones, and the placebo beside."""

        def make(con: duckdb.DuckDBPyConnection) -> None:
            make_credits(con, rules.kinds, **rules.variables())

        # Its own transaction: a run that is killed leaves the days waiting for the next one.
        with warehouse.write() as con:
            run(con, "attribution/rules", rules=rules.told)
        about = {"window_days": rules.window_days}
        yield make_days(context, warehouse, spec, "order_day", make, **about)

    return [attribution_credits]
