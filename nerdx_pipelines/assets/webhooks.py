"""Webhooks into staging: what the shop told between two pulls, each told thing once.

The receiver lands them as segments in the inbox; here a batch of segments becomes rows in one
transaction and goes to the archive after it. What the topics mean is in `sql/staging/webhooks`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from nerdx_pipelines.assets.days import waiting_days
from nerdx_pipelines.assets.segments import Segments
from nerdx_pipelines.assets.tables import materialized, table_spec
from nerdx_pipelines.errors import DiskError
from nerdx_pipelines.files import locked
from nerdx_pipelines.inbox import applying
from nerdx_pipelines.redaction import erase
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.webhooks import Ingested, ingest

PREFIX = "webhooks"

WEBHOOKS = table_spec(
    "shopify_webhooks",
    "staging.webhook_log",
    "One row a webhook that the shop delivered, and what became of it; what it told is in the "
    "tables of the shop. Each is applied once, however often it came.",
    group="shopify",
    deps=["shopify_orders", "shopify_products", "shopify_customers"],
)


@dg.multi_asset(name="shopify_webhooks", specs=[WEBHOOKS])
def shopify_webhooks(
    config: Segments,
    warehouse: dg.ResourceParam[Warehouse],
    paths: PathsResource,
    rules: AttributionRules,
) -> Iterator[dg.MaterializeResult[Any]]:
    """Apply the segments of the inbox, oldest first, and archive them."""
    done: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    while True:
        with applying(paths.inbox_dir, paths.archive_dir, PREFIX, config.names or None) as segments:
            if not segments:
                break
            told = ingest(warehouse, segments, paths.requests_dir, rules.widest_window)
            _erase(told, segments, paths)
        outcomes.update(told.outcomes)
        topics.update(told.topics)
        done.update(
            segments=len(segments), duplicates=told.duplicates, pulls_asked=told.pulls_asked
        )
    with warehouse.write() as con:
        yield materialized(
            con,
            WEBHOOKS,
            applied=outcomes["applied"],
            rejected=outcomes["rejected"],
            **{name: done[name] for name in ("duplicates", "pulls_asked", "segments")},
            by_outcome=dg.JsonMetadataValue(dict(outcomes)),
            by_topic=dg.JsonMetadataValue(dict(topics)),
            **waiting_days(con),
        )


def _erase(told: Ingested, segments: Sequence[Path], paths: PathsResource) -> None:
    """Take out of files what staging has erased, before a segment counts as applied."""
    if told.known:
        erase(segments, told.known)
    if told.demanded:
        busy = DiskError("Events have been taken for 10 min; the run that does it may hang.")
        folders = (paths.raw_dir, paths.inbox_dir, paths.archive_dir)
        with locked(paths.inbox_dir / ".events.lock", 600, busy):  # no segment is moved meanwhile
            files = [
                file
                for folder in folders
                for file in folder.rglob("*.jsonl")
                # Events that wait lose them when they are applied, which needs to know who it was.
                if file.parent != paths.inbox_dir or file.name.startswith(PREFIX)
            ]
            changed = erase(files, told.demanded)
        dg.get_dagster_logger().info("Personal data were erased from %d files.", changed)
