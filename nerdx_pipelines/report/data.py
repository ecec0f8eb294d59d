"""What the report reads: the published KPI tables, by the queries of `sql/report/`.

Rows, the scope they share (currency, days, model), and their compact form for the page. No
drawing, no words.
"""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from nerdx_pipelines.errors import WarehouseError
from nerdx_pipelines.money import minor_digits
from nerdx_pipelines.sql import literal, sql
from nerdx_pipelines.warehouse.publish import published

Row = dict[str, Any]

LISTED = 3000  # contents and creators of one file; the rest is in the published tables
LIMITS = {
    "listed": LISTED,
    "compared": 12,  # rows of a chart
    "series": 8,  # contents of the revenue chart with a colour of their own
    "paths": 20,
    "daily_limit": 60,  # days drawn one by one; longer periods are drawn by week
}
DATASETS = (  # queries whose rows the page is given, for each currency
    *("contents", "content_types", "creators", "funnel", "revenue_over_time"),
    *("model_comparison", "paths", "path_lengths", "time_lag", "heat_map", "creator_products"),
    *("unsold", "cohorts", "cohort_months", "daily_sales", "totals"),
)
CURRENCIES = 12  # that one file has views of


@dataclass(frozen=True)
class Scope:
    """What the figures of one currency have in common."""

    currency: str | None  # None: content earned nothing
    first_day: date | None
    last_day: date | None
    model: str
    window_days: int | None

    @property
    def weekly(self) -> bool:
        """Whether the period is too long to draw its days one by one."""
        if self.first_day is None or self.last_day is None:
            return False
        return (self.last_day - self.first_day).days >= LIMITS["daily_limit"]


@contextmanager
def open_kpis(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the published KPIs; WarehouseError where the file is absent or damaged."""
    if not path.exists():
        raise WarehouseError(
            f"There are no published KPIs at {path} yet: materialize `published_kpis`, "
            "or run `nerdx demo`."
        )
    with ExitStack() as stack:
        try:
            con = stack.enter_context(published(path))
        except duckdb.Error as error:
            raise WarehouseError(
                f"Cannot read {path}: {error}. Materialize `published_kpis` to replace it."
            ) from error
        yield con


def query(con: duckdb.DuckDBPyConnection, name: str) -> list[Row]:
    """Rows of `sql/report/<name>.sql`; WarehouseError where a KPI table or column is missing."""
    try:
        result = con.execute(sql(f"report/{name}"))
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise WarehouseError(
            f"The published KPIs do not have what the report needs ({name}): {error}. "
            "Materialize `published_kpis` again with this version."
        ) from error
    columns = [column[0] for column in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def scopes(con: duckdb.DuckDBPyConnection) -> list[Scope]:
    """What the figures cover: a scope a currency, the shop's own first; never none."""
    currencies = [row["currency"] for row in query(con, "currencies")]
    (period,) = query(con, "period")
    return [
        Scope(
            currency=currency,
            first_day=period["first_day"],
            last_day=period["last_day"],
            model=period["model"] or "linear",
            window_days=period["window_days"],
        )
        for currency in currencies[:CURRENCIES] or [None]
    ]


def datasets(con: duckdb.DuckDBPyConnection, scope: Scope) -> dict[str, list[Row]]:
    """Rows of every query of DATASETS in the scope's currency."""
    # Literals: the first bound parameter of a process imports pandas.
    con.execute(f"SET VARIABLE currency = {literal(scope.currency) if scope.currency else 'NULL'}")
    for name, limit in LIMITS.items():
        con.execute(f"SET VARIABLE {name} = {limit}")
    digits = minor_digits(scope.currency or "")
    found = {name: as_text(query(con, name), digits) for name in DATASETS}
    pages = {None, *(row["creator"] for row in found["contents"])}
    return {
        name: [row for row in rows if "page" not in row or row["page"] in pages]
        for name, rows in found.items()
    }


def packed(rows: list[Row]) -> list[list[Any]]:
    """Rows without their repetitions, by column: `[name, values]` of all rows.

    A column of few values is `[name, places, values]`: for each row the place of its value among
    them; of a single one the places are how many rows there are.
    """
    columns: list[list[Any]] = []
    for name in rows[0] if rows else ():
        cells = [row[name] for row in rows]
        words = {(type(word), word): place for place, word in enumerate(dict.fromkeys(cells))}
        if len(words) == 1:
            columns.append([name, len(rows), cells[:1]])
        elif len(words) < len(cells) / 2 and not any(isinstance(cell, int) for cell in cells):
            places = [words[type(cell), cell] for cell in cells]
            columns.append([name, places, [word for _, word in words]])
        else:
            columns.append([name, cells])
    return columns


def as_text(rows: list[Row], digits: int) -> list[Row]:
    """Rows for JSON: decimals as exact text of at least `digits` decimals, days as ISO text."""
    return [{key: _plain(value, digits) for key, value in row.items()} for row in rows]


def _plain(value: Any, digits: int) -> Any:
    if isinstance(value, Decimal):
        rounded = round(value, digits)
        return f"{rounded:f}" if rounded == value else f"{value:f}".rstrip("0")
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value
