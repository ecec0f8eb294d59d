"""Making credits: in which order the statements of `sql/attribution` go.

The rules themselves are in the statements; which days and which kinds is the caller's to say.
"""

from collections.abc import Iterable
from typing import NamedTuple

import duckdb

from nerdx_pipelines.warehouse.database import run

BEFORE, AFTER = 1, -1  # the purchase: where eligible_touches looks


class Kind(NamedTuple):
    """A look-back window in days, and which touches count: all, click_only or click_first."""

    window_days: int
    touch_policy: str


def make_credits(
    con: duckdb.DuckDBPyConnection, kinds: Iterable[Kind], **variables: object
) -> None:
    """Replace credits, reversals, paths and placebo of the days in `days_to_do`.

    The first and the last of these are the variables `from_day` and `to_day`.
    Of `kinds`, none may be wider than the variable `widest_window`: touches are looked for once,
    in that, and every kind takes those that are its own.
    """
    make_ledger(con, kinds, **variables)
    run(con, "attribution/order_paths")
    run(con, "attribution/eligible_touches", direction=AFTER)
    run(con, "attribution/placebo")


def make_ledger(con: duckdb.DuckDBPyConnection, kinds: Iterable[Kind], **variables: object) -> None:
    """Replace the credits and the reversals alone; the touches that earned them stay at hand."""
    run(con, "attribution/lines", **variables)
    run(con, "attribution/eligible_touches", direction=BEFORE)
    run(con, "attribution/amounts")
    for kind in kinds:
        about = {"credit_window": kind.window_days, "touch_policy": kind.touch_policy}
        run(con, "attribution/paths", **about)
        run(con, "attribution/dealt")
        run(con, "attribution/credits")
