"""Content events into staging: who saw and clicked what, told by the site while it happens.

The receiver lands them as segments in the inbox; here a batch of segments becomes rows in one
transaction and goes to the archive after it. What an event means is in `sql/staging/events`.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import dagster as dg
import duckdb

from nerdx_pipelines.assets.days import waiting_days
from nerdx_pipelines.assets.segments import Segments
from nerdx_pipelines.assets.tables import materialized, table_spec
from nerdx_pipelines.inbox import applying
from nerdx_pipelines.redaction import Whom, erase
from nerdx_pipelines.resources.events import EventNames
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.erasing import forget_addresses, names_in_files, out_of_files
from nerdx_pipelines.warehouse.events import ingest
from nerdx_pipelines.warehouse.touches import stitch

PREFIX = "events"

EVENTS = table_spec(
    "content_events",
    "staging.events",
    "One row an event of the site that touches a content or says who somebody is, once however "
    "often it came; its touches are rows of staging.touches, its identities of "
    "staging.identities.",
    group="content",
    deps=["touches", "content_catalog", "identities", "shopify_customers"],
)


@dg.multi_asset(name="content_events", specs=[EVENTS])
def content_events(
    config: Segments,
    warehouse: dg.ResourceParam[Warehouse],
    paths: PathsResource,
    rules: AttributionRules,
    event_names: EventNames,
) -> Iterator[dg.MaterializeResult[Any]]:
    """Apply the segments of the inbox and archive them; know again who is who."""
    done: Counter[str] = Counter()
    while True:
        with applying(paths.inbox_dir, paths.archive_dir, PREFIX, config.names or None) as segments:
            if not segments:
                break
            told = ingest(warehouse, segments, rules.widest_window, event_names.touches)
            if told.known:
                erase(segments, told.known)
        done.update(read=told.read, new=told.new, rejected=told.rejected, segments=len(segments))
    with warehouse.write() as con:
        forget_addresses(con, rules.widest_window)  # of whom a pull may have told
        stitch(con, rules.widest_window)  # customers may be new, or have another e-mail address
        names, result = names_in_files(con), materialized(con, EVENTS, **done, **_told(con))
    if names:
        erase(paths.archive_dir.rglob(f"{PREFIX}-*.jsonl"), Whom(ids=names))
        with warehouse.write() as con:
            out_of_files(con, names)
    yield result


def _told(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Touches of what no catalogue knows, and the days that wait."""
    ((unknown,),) = con.execute(
        "SELECT count(*) FROM staging.touches ANTI JOIN staging.content USING (content_id)"
        " WHERE source = 'events'"
    ).fetchall()
    return {"touches_of_unknown_content": unknown, **waiting_days(con)}
