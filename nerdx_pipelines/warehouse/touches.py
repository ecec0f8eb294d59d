"""Touches from every source: in which order the statements go, so that they agree in the end.

Whatever moves touches tells the days whose figures change. The statements themselves are in
`sql/staging`; each function works in its caller's transaction.
"""

from datetime import date
from pathlib import Path

import duckdb

from nerdx_pipelines.warehouse.database import run
from nerdx_pipelines.warehouse.days import DayRange


def replace_catalog(con: duckdb.DuckDBPyConnection, folder: Path, window_days: int) -> None:
    """Take contents, what they feature and identities from the Parquet files of `folder`."""
    run(con, "staging/content", folder=str(folder), window_days=window_days)
    _rename(con, window_days)
    project(con, window_days)


def replace_touches(
    con: duckdb.DuckDBPyConnection, folder: Path, first: date, last: date, window_days: int
) -> None:
    """Take the touches of the days from `first` to `last` from a Parquet file of `folder`."""
    about = {"first_day": first, "last_day": last, "window_days": window_days}
    run(con, "staging/touches", folder=str(folder), **about)
    tell_days(con, "touch", window_days)
    if _has_rows(con, "staging.events"):
        run(con, "staging/events/of_folder")
        project(con, window_days)


def leave_other_days(
    con: duckdb.DuckDBPyConnection, first: date, last: date, window_days: int
) -> None:
    """Have the folder's touches that moved to the days from `first` to `last` there alone."""
    about = {"first_day": first, "last_day": last}
    others = f"touch_day NOT BETWEEN DATE '{first}' AND DATE '{last}'"
    if con.execute(f"SELECT 1 FROM staging.touches WHERE {others} LIMIT 1").fetchall():  # noqa: S608
        run(con, "staging/touches_elsewhere", **about)
        tell_days(con, "touch", window_days)


def landed_days(
    con: duckdb.DuckDBPyConnection, folder: Path, about: DayRange
) -> list[tuple[date, int]]:
    """Each day of the range that is still to be stored, and the touches landed of it."""
    about.done(con)
    run(con, "days/landed", folder=str(folder))
    return con.execute("FROM landed_days ORDER BY day").fetchall()


def replace_journeys(con: duckdb.DuckDBPyConnection, window_days: int) -> None:
    """Take the touches that the shop itself saw from the journeys of the orders."""
    run(con, "staging/journey_touches")
    tell_days(con, "journey", window_days)


def stitch(con: duckdb.DuckDBPyConnection, window_days: int) -> None:
    """Follow what events and customers say by now of who an anonymous id is."""
    run(con, "staging/events/identities")
    _rename(con, window_days)


def project(con: duckdb.DuckDBPyConnection, window_days: int) -> None:
    """Make the touches of the events in `dirty_events` anew."""
    if _has_rows(con, "dirty_events"):
        run(con, "staging/events/projected")
        tell_days(con, "event", window_days)


def _rename(con: duckdb.DuckDBPyConnection, window_days: int) -> None:
    if _has_rows(con, "moved_ids"):
        run(con, "staging/stitched")
        tell_days(con, "identity", window_days)


def tell_days(con: duckdb.DuckDBPyConnection, cause: str, window_days: int) -> None:
    """Say which days' figures the touches in `moved` change."""
    run(con, "staging/touches_moved", cause=cause, window_days=window_days)


def _has_rows(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(con.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall())  # noqa: S608 (ours)
