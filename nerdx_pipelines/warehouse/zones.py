"""One truth about the clocks of a time zone: Python's, which Dagster and the pulls go by as well.

DuckDB has data of its own, older or newer. Where laws change there are zones, some every year, in
which the two differ by an hour: an order of that hour would be pulled for one day and stored
under another.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import duckdb

from nerdx_pipelines.sql import literal

FIRST_YEAR = 2004  # before that there was no Shopify
YEARS_AHEAD = 2


def shop_days(timezone: str) -> str | None:
    """A macro `shop_day` to take the place of that of `sql/macros.sql`; None if they are the same.

    From 2004 to two years from now, each change of the clocks.
    """
    return _shop_days(timezone, datetime.now(UTC).year + YEARS_AHEAD)


@cache
def _shop_days(timezone: str, last_year: int) -> str | None:
    begin, end = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(last_year, 12, 31, tzinfo=UTC)
    days = [begin + timedelta(days=n) for n in range((end - begin).days)]
    zone = ZoneInfo(timezone)
    changes = [
        _change(earlier, later, zone)
        for earlier, later in pairwise(days)
        if _offset(earlier, zone) != _offset(later, zone)
    ]
    told = [*days, *changes, *(change - timedelta(seconds=1) for change in changes)]
    if _offsets_of_duckdb(told, timezone) == [_offset(at, zone) for at in told]:
        return None
    cases = " ".join(
        f"WHEN instant >= TIMESTAMPTZ {literal(change.isoformat())} THEN {_offset(change, zone)}"
        for change in reversed(changes)
    )
    seconds = f"CASE {cases} ELSE {_offset(begin, zone)} END" if cases else _offset(begin, zone)
    return (
        "CREATE OR REPLACE TEMP MACRO shop_day(instant) AS "
        f"((instant AT TIME ZONE 'UTC') + to_seconds({seconds}))::DATE"
    )


def _change(earlier: datetime, later: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the clocks changed in between."""
    while later - earlier > timedelta(seconds=1):
        middle = earlier + timedelta(seconds=(later - earlier) // timedelta(seconds=1) // 2)
        if _offset(middle, zone) == _offset(earlier, zone):
            earlier = middle
        else:
            later = middle
    return later


def _offset(instant: datetime, zone: ZoneInfo) -> int:
    """Seconds by which the zone's clocks are ahead of UTC."""
    offset = instant.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _offsets_of_duckdb(instants: list[datetime], timezone: str) -> list[int]:
    seconds = ", ".join(str(int(at.timestamp())) for at in instants)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        rows = con.execute(
            f"SELECT epoch(to_timestamp(s) AT TIME ZONE {literal(timezone)}) - s "  # noqa: S608
            f"FROM (SELECT unnest([{seconds}]) AS s)"
        ).fetchall()
    return [int(offset) for (offset,) in rows]
