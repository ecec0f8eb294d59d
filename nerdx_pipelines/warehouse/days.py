"""A range of days in parts, each one transaction: memory has a bound, and a killed run a successor.

What is made of the days is the assets' business; how far a range has come is kept in
`staging.range_progress`, in the same transaction as the rows it speaks of.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import duckdb

from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse, run

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DayRange:
    """The days from `first` to `last`, both in, that `asset` makes in the order of time."""

    asset: str
    first: date
    last: date

    def done(self, con: duckdb.DuckDBPyConnection) -> date | None:
        """The last day that a run of the same range stored before it was killed, if there is one.

        Runs look for it before they do anything, so it is said in the log.
        """
        run(con, "days/begun", asset=self.asset, first_day=self.first, last_day=self.last)
        ((day,),) = con.execute("SELECT getvariable('done_day')::DATE").fetchall()
        if not isinstance(day, date):
            return None
        told = "%s: %s to %s were stored by a run that did not end; this one goes on after them."
        log.warning(told, self.asset, self.first, day)
        return day

    def stored(self, con: duckdb.DuckDBPyConnection, day: date, change: int | None = None) -> None:
        """Remember that the days up to `day` are stored and show all changes up to `change`.

        At the last day nothing is left to a successor.
        """
        about = {"asset": self.asset, "first_day": self.first, "last_day": self.last}
        run(con, "days/stored", **about, stored_day=day, last_change=change)


@dataclass(frozen=True)
class ToDo:
    """What a consumer of changed days has to make: the days, in parts, and the last change."""

    parts: list[list[date]]
    change: int

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection, about: DayRange, rows_at_once: int) -> "ToDo":
        """Those of the range and those that changed since the consumer last looked."""
        about.done(con)
        run(con, "days/to_do", consumer=about.asset)
        sizes = con.execute(sql("days/sizes")).fetchall()
        ((change,),) = con.execute("SELECT getvariable('last_change')").fetchall()
        return cls(parts(sizes, rows_at_once), change)


def in_transactions(
    warehouse: Warehouse,
    plan: Callable[[duckdb.DuckDBPyConnection], list[list[date]]],
    work: Callable[[duckdb.DuckDBPyConnection, list[date], bool], None],
) -> None:
    """Call `work` for each part of the days that `plan` makes, and whether it is the last one.

    Each in a transaction, the plan in that of the first; between two of them others may write.
    """
    parts: list[list[date]] = []
    number = 0
    while number == 0 or number < len(parts):
        with warehouse.write() as con:
            parts = parts or plan(con)
            days = parts[number]
            number += 1
            work(con, days, number == len(parts))
        if len(parts) > 1:
            log.info("%s to %s stored, part %d of %d", days[0], days[-1], number, len(parts))


def parts(days: Iterable[tuple[date, int]], most: int) -> list[list[date]]:
    """Days, each with its rows, as parts of at most `most` rows, or of one day that has more."""
    found: list[list[date]] = [[]]
    rows = 0
    for day, size in days:
        if found[-1] and rows + size > most:
            found.append([])
            rows = 0
        found[-1].append(day)
        rows += size
    return found


def spans(first: date, last: date, number: int) -> list[tuple[date, date]]:
    """The days from `first` to `last` as `number` spans of about equally many, or fewer."""
    days = (last - first).days + 1
    number = max(min(number, days), 1)
    starts = [first + timedelta(days=days * index // number) for index in range(number + 1)]
    return [(start, end - timedelta(days=1)) for start, end in pairwise(starts)]
