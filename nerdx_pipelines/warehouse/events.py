"""Content events into staging: touches and identities, and the days that they change.

What an event means is in `sql/staging/events`; who calls, and when, is the assets' part.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from nerdx_pipelines.redaction import Whom
from nerdx_pipelines.sql import literal, sql
from nerdx_pipelines.warehouse.database import Warehouse, run
from nerdx_pipelines.warehouse.erasing import erased_messages, remember_earlier
from nerdx_pipelines.warehouse.records import lines_of
from nerdx_pipelines.warehouse.touches import project, stitch

# What Segment's and RudderStack's specifications, and sites that follow them, call a touch of
# content; upper and lower case are one. Other events of a site are none of our business.
TOUCH_OF_EVENT = {
    "content viewed": "view",
    "content impression": "view",
    "article viewed": "view",
    "blog post viewed": "view",
    "post viewed": "view",
    "story viewed": "view",
    "video viewed": "view",
    "video playback started": "view",
    "video content started": "view",
    "promotion viewed": "view",
    "content clicked": "click",
    "article clicked": "click",
    "post clicked": "click",
    "video clicked": "click",
    "link clicked": "click",
    "cta clicked": "click",
    "promotion clicked": "click",
}

# How far after its arrival an event may say that it happened: clocks that nothing corrects.
AHEAD = timedelta(hours=1)


@dataclass(frozen=True)
class Ingested:
    """What became of the events of a batch."""

    read: int
    new: int  # or earlier deliveries than those that were known
    rejected: int
    known: Whom  # whose personal data the segments have to lose


def ingest(
    warehouse: Warehouse,
    segments: Sequence[Path],
    window_days: int,
    more_names: Mapping[str, str] | None = None,
) -> Ingested:
    """Apply the events of the segment files; all of it is committed, or nothing.

    `more_names`: names of track events beside TOUCH_OF_EVENT, with "view", "click" or "" for
    none. The files are read before the warehouse is locked, and stay where they are.
    """
    names = TOUCH_OF_EVENT | {
        name.strip().lower(): kind for name, kind in (more_names or {}).items()
    }
    with _read(segments, names) as landed, warehouse.write() as con:
        con.execute(f"CREATE TEMP VIEW told_events AS FROM read_parquet({literal(landed)})")
        run(con, "staging/events/cleansed")
        remember_earlier(con)
        run(con, "staging/events/received")
        run(con, "staging/events/rejected")
        run(con, "staging/rejected_erased")
        stitch(con, window_days)
        project(con, window_days)
        ((read, rejected, new),) = con.execute(
            "SELECT count(*), count(reason), (SELECT count(*) FROM new_events) FROM read_events"
        ).fetchall()
        return Ingested(read, new, rejected, Whom(ids=erased_messages(con)))


@contextmanager
def _read(segments: Sequence[Path], names: Mapping[str, str]) -> Iterator[Path]:
    """A Parquet file of what the segments say, typed, each event with what is wrong with it."""
    with TemporaryDirectory(dir=segments[0].parent, prefix=".batch-") as folder:
        landed = Path(folder) / "events.parquet"
        with duckdb.connect(Path(folder) / "read.duckdb") as con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(sql("macros"))
            con.execute("CREATE TABLE touch_names (name VARCHAR, touch_type VARCHAR)")
            rows = (f"({literal(name)}, {literal(kind)})" for name, kind in names.items() if kind)
            con.execute(f"INSERT INTO touch_names VALUES {', '.join(rows)}")  # noqa: S608
            con.execute(f"SET VARIABLE ahead = INTERVAL {AHEAD.total_seconds():.0f} SECONDS")
            lines_of(
                con,
                "event",
                segments,
                Path(folder),
                lambda: con.execute(sql("staging/events/read")) and None,
            )
            con.execute(f"COPY read_events TO {literal(landed)} (FORMAT parquet)")
        yield landed
