"""The days a run of a daily table has to make: its own, and all that changed since the last one.

So that a change of any age reaches every table, whichever day the next run is of. How a range is
cut into parts is in `warehouse/days.py`.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import dagster as dg
import duckdb

from nerdx_pipelines.assets.tables import count_days, materialized
from nerdx_pipelines.partitions import selected_days
from nerdx_pipelines.warehouse.database import Warehouse, run
from nerdx_pipelines.warehouse.days import DayRange, ToDo, in_transactions

# The tables made of days; a changed day is forgotten when all of them have seen it.
CONSUMERS = ("attribution_credits", "daily_sales", "content_daily")


def make_days(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    spec: dg.AssetSpec,
    day_column: str,
    make: Callable[[duckdb.DuckDBPyConnection], None],
    **metadata: Any,
) -> dg.MaterializeResult[Any]:
    """Call `make` for all days there are to make, in as many transactions as their rows ask for.

    In each, `make` finds its days in the temporary table `days_to_do`, and the first and the last
    of them as the variables `from_day` and `to_day`. A run of the same days that was killed is
    gone on with. Returns the result, with `metadata`.
    """
    first, last = selected_days(context)
    about = DayRange(spec.key.to_user_string(), first, last)
    to_do: list[ToDo] = []
    results: list[dg.MaterializeResult[Any]] = []

    def plan(con: duckdb.DuckDBPyConnection) -> list[list[date]]:
        to_do.append(ToDo.of(con, about, warehouse.rows_at_once))
        return to_do[0].parts

    def work(con: duckdb.DuckDBPyConnection, days: list[date], is_last: bool) -> None:
        run(con, "days/part", part=days)
        make(con)
        about.stored(con, last if is_last else min(days[-1], last), to_do[0].change)
        if is_last:
            run(con, "days/done", consumer=about.asset, consumers=len(CONSUMERS))
            count_days(context, con, spec, day_column)
            others = [day for part in to_do[0].parts for day in part if not first <= day <= last]
            results.append(materialized(con, spec, changed_days=len(others), **metadata))

    in_transactions(warehouse, plan, work)
    return results[0]


def waiting_days(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Metadata of whatever brings changes: the days that wait, for the sensor `changed_days`."""
    days = con.execute("SELECT day::VARCHAR FROM staging.pending_days ORDER BY day").fetchall()
    return {"pending_days": dg.JsonMetadataValue([day for (day,) in days])}
