"""The days a run of a daily table has to make: its own, and all that changed since the last one.

So that a change of any age reaches every table, whichever day the next run is of.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import dagster as dg
import duckdb

from nerdx_pipelines.partitions import selected_days
from nerdx_pipelines.warehouse.database import run

# The tables made of days; a changed day is forgotten when all of them have seen it.
CONSUMERS = ("attribution_credits", "daily_sales", "content_daily")


def make_days(
    context: dg.AssetExecutionContext,
    con: duckdb.DuckDBPyConnection,
    consumer: str,
    make: Callable[[], None],
) -> list[date]:
    """Call `make` with the days in `days_to_do`; the days that were not the run's own."""
    first, last = selected_days(context)
    run(con, "days/to_do", first_day=first, last_day=last, consumer=consumer)
    make()
    run(con, "days/done", consumers=len(CONSUMERS))
    others = con.execute(
        "SELECT day FROM days_to_do WHERE day NOT BETWEEN getvariable('first_day')"
        " AND getvariable('last_day') ORDER BY day"
    ).fetchall()
    if others:
        context.log.info("%s: %d other days had changed and were made too", consumer, len(others))
    return [day for (day,) in others]


def waiting_days(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Metadata of whatever brings changes: the days that wait, for the sensor `changed_days`."""
    days = con.execute("SELECT day::VARCHAR FROM staging.pending_days ORDER BY day").fetchall()
    return {"pending_days": dg.JsonMetadataValue([day for (day,) in days])}
