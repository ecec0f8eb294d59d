"""Webhooks into staging: what the shop told between two pulls, each told thing once.

The receiver lands them as segments in the inbox; here a batch of segments becomes rows in one
transaction and goes to the archive after it. What the topics mean is in `sql/staging/webhooks`.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from nerdx_pipelines.assets.tables import materialized, table_spec
from nerdx_pipelines.errors import WarehouseError
from nerdx_pipelines.files import locked, writing
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.webhooks import ingest

PATTERN = "webhooks-*.jsonl"
BATCH = 50  # segments a transaction

WEBHOOKS = table_spec(
    "shopify_webhooks",
    "staging.webhook_log",
    "One row a webhook that the shop delivered, and what became of it; what it told is in the "
    "tables of the shop. Each is applied once, however often it came.",
    group="shopify",
    deps=["shopify_orders", "shopify_products", "shopify_customers"],
)


class Segments(dg.Config):
    """Names of the segments to apply; none: whatever the inbox holds."""

    names: list[str] = Field(default_factory=list)


@dg.multi_asset(name="shopify_webhooks", specs=[WEBHOOKS])
def shopify_webhooks(
    config: Segments, warehouse: dg.ResourceParam[Warehouse], paths: PathsResource
) -> Iterator[dg.MaterializeResult[Any]]:
    """Apply the segments of the inbox, oldest first, and archive them."""
    busy = WarehouseError("Another run is applying webhooks; wait for it to end, or stop it.")
    done: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    with locked(paths.inbox_dir / ".ingest.lock", warehouse.lock_timeout, busy):
        wanted = set(config.names)
        waiting = (each for each in segments(paths.inbox_dir) if not wanted or each.name in wanted)
        for batch in _batches(waiting):
            told = ingest(warehouse, batch)
            for segment in batch:
                archive(segment, paths.archive_dir)
            outcomes.update(told.outcomes)
            topics.update(told.topics)
            done.update(
                segments=len(batch), duplicates=told.duplicates, pulls_asked=told.pulls_asked
            )
    with warehouse.write() as con:
        days = con.execute("SELECT day::VARCHAR FROM staging.pending_days ORDER BY day").fetchall()
        yield materialized(
            con,
            WEBHOOKS,
            applied=outcomes["applied"],
            rejected=outcomes["rejected"],
            **{name: done[name] for name in ("duplicates", "pulls_asked", "segments")},
            by_outcome=dg.JsonMetadataValue(dict(outcomes)),
            by_topic=dg.JsonMetadataValue(dict(topics)),
            pending_days=dg.JsonMetadataValue([day for (day,) in days]),
        )


def segments(inbox: Path) -> list[Path]:
    """Closed segments of webhooks, oldest first."""
    return sorted(inbox.glob(PATTERN))


def archive(segment: Path, folder: Path) -> None:
    """Move an applied segment to the archive's folder of its month."""
    month = segment.name.removeprefix("webhooks-")[:6]  # of its name, which begins with the day
    place = folder / f"{month[:4]}-{month[4:]}"
    with writing(place):
        place.mkdir(parents=True, exist_ok=True)
        shutil.move(segment, place / segment.name)


def _batches(files: Iterable[Path]) -> Iterator[list[Path]]:
    rest = iter(files)
    while batch := list(islice(rest, BATCH)):
        yield batch
