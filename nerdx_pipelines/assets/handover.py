"""Handing over to an orchestrator: what sells, to whom, and what to recommend, as one document."""

import json
from typing import Any

import dagster as dg

from nerdx_pipelines.assets.tables import ANALYSTS
from nerdx_pipelines.files import replacing
from nerdx_pipelines.loop.bundle import VERSION, bundle
from nerdx_pipelines.resources.orchestrator import OrchestratorResource
from nerdx_pipelines.warehouse.database import Warehouse


@dg.asset(
    group_name="loop",
    kinds={"json"},
    owners=ANALYSTS,
    deps=[
        "taste_profiles",
        "recommendations",
        "daily_sales",
        "product_content",
        "content_catalog",
    ],
    description="One JSON document for whoever decides what is made next: purchase trends, the "
    "most bought product with its audience, and what a recommender needs. Its schema is "
    "nerdx_pipelines/loop/bundle.schema.json; persons are ids.",
)
def orchestrator_bundle(
    warehouse: dg.ResourceParam[Warehouse], orchestrator: OrchestratorResource
) -> dg.MaterializeResult[Any]:
    """Write the document, and POST it where somebody takes it."""
    with warehouse.read() as con:
        body = bundle(con, warehouse.timezone, with_addresses=orchestrator.with_addresses)
    with replacing(orchestrator.file) as fresh:
        fresh.write_bytes(body)
    document = json.loads(body)
    return dg.MaterializeResult(
        metadata={
            "version": VERSION,
            "bundle_id": document["bundle_id"],
            "path": dg.MetadataValue.path(orchestrator.path),
            "bytes": len(body),
            "users": len(document["recommender"]["users"]),
            "sent": orchestrator.send(body, document["bundle_id"]),
        }
    )
