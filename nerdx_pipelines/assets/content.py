"""Staging from content: the catalogue, what it features, who saw it, and who they are.

Folders (`folder/` has their format) and the journeys of orders are the sources; reading and
checking happen outside the warehouse, loading is one short transaction.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from nerdx_pipelines.assets.tables import ENGINEERS, count_days, materialized, table_spec
from nerdx_pipelines.files import replacing
from nerdx_pipelines.folder.reading import read_content
from nerdx_pipelines.partitions import selected_days
from nerdx_pipelines.resources.content import ContentFolder
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.sql import literal
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.days import DayRange, in_transactions, parts
from nerdx_pipelines.warehouse.spill import spill_folder
from nerdx_pipelines.warehouse.touches import (
    landed_days,
    leave_other_days,
    replace_catalog,
    replace_journeys,
    replace_touches,
)

CATALOG = ("content", "content_products", "identities")  # files of the folder
CATALOG_SPECS = [
    table_spec(
        "content_catalog",
        "staging.content",
        "One row a content: a video, a blog post, a social post.",
        group="content",
    ),
    table_spec(
        "content_products",
        "staging.content_products",
        "One row a content and a product it features, with the time in which it does.",
        group="content",
    ),
    table_spec(
        "identities",
        "staging.identities",
        "One row an anonymous id and the customer it turned out to be.",
        group="content",
    ),
]


@dg.multi_asset(name="content_catalog", specs=CATALOG_SPECS)
def content_catalog(
    warehouse: dg.ResourceParam[Warehouse],
    content: ContentFolder,
    paths: PathsResource,
    rules: AttributionRules,
) -> Iterator[dg.MaterializeResult[Any]]:
    """Replace the catalogue, its products and the identities by the folder's."""
    landed = _land(content.folder, paths.raw_dir / "content_catalog", warehouse, CATALOG)
    with warehouse.write() as con:
        replace_catalog(con, landed, rules.widest_window)
        for spec in CATALOG_SPECS:
            yield materialized(con, spec)


@dg.asset(
    group_name="content",
    kinds={"duckdb"},
    owners=ENGINEERS,
    deps=[
        "touches",
        "content_events",
        "content_catalog",
        "shopify_order_visits",
        "shopify_order_changes",
        "shopify_webhooks",
    ],
    description="Rows of staging.touches too: one a visit to the shop, told of by the order after "
    "it, that names a content by its UTM parameters or its landing page.",
)
def journey_touches(
    warehouse: dg.ResourceParam[Warehouse], rules: AttributionRules
) -> dg.MaterializeResult[Any]:
    """Replace the touches that come of journeys; cheap, since few visits name a content."""
    with warehouse.write() as con:
        replace_journeys(con, rules.widest_window)
        ((touches,),) = con.execute(
            "SELECT count(*) FROM staging.touches WHERE source = 'journey'"
        ).fetchall()
    return dg.MaterializeResult(metadata={"dagster/row_count": touches})


def content_assets(days: dg.PartitionsDefinition[Any]) -> list[dg.AssetsDefinition]:
    """The content assets; touches are partitioned by `days` of touched_at."""
    spec = table_spec(
        "touches",
        "staging.touches",
        "One row a view or click of a content, once however often it was delivered.",
        group="content",
        deps=["identities", "content_catalog"],
        partitions=days,
    )

    @dg.multi_asset(name="touches", specs=[spec], backfill_policy=dg.BackfillPolicy.single_run())
    def touches(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        content: ContentFolder,
        paths: PathsResource,
        rules: AttributionRules,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Replace the touches of the run's days."""
        about = DayRange("touches", *selected_days(context))
        to = paths.raw_dir / "touches" / f"{about.first}_{about.last}"
        landed = _land(content.folder, to, warehouse, ["touches"])
        results: list[dg.MaterializeResult[Any]] = []

        def plan(con: duckdb.DuckDBPyConnection) -> list[list[date]]:
            return parts(landed_days(con, landed, about), warehouse.rows_at_once)

        def work(con: duckdb.DuckDBPyConnection, days: list[date], is_last: bool) -> None:
            replace_touches(con, landed, days[0], days[-1], rules.widest_window)
            about.stored(con, days[-1])
            if is_last:
                leave_other_days(con, about.first, about.last, rules.widest_window)
                count_days(context, con, spec, "touch_day")
                results.append(materialized(con, spec))

        in_transactions(warehouse, plan, work)
        yield from results

    return [content_catalog, touches, journey_touches]


def _land(folder: Path | None, to: Path, warehouse: Warehouse, tables: Sequence[str]) -> Path:
    """Check the folder and write `tables` of it as Parquet files into `to`.

    In as much memory as the warehouse may have, and spilling where that does.
    """
    to.mkdir(parents=True, exist_ok=True)
    if folder is None:  # a shop without content yet: empty tables
        folder = to / "nothing"
        folder.mkdir(exist_ok=True)
    with spill_folder(warehouse.path.parent / "spill") as spill, duckdb.connect() as con:
        con.execute(f"SET temp_directory = {literal(spill)}")
        con.execute(f"SET memory_limit = {literal(warehouse.memory_limit)}")
        read_content(con, folder)
        for table in tables:
            with replacing(to / f"{table}.parquet") as partial:
                con.execute(f"COPY {table} TO {literal(partial)} (FORMAT parquet)")
    return to
