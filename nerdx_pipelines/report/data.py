"""What the report reads: the published KPI tables, by the queries of `sql/report/`.

Rows and the scope they share (currency, days, model). No drawing, no formatting.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from nerdx_pipelines.errors import WarehouseError
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.publish import published

Row = dict[str, Any]


@dataclass(frozen=True)
class Scope:
    """What every figure of one report has in common."""

    currency: str | None  # the one content earned most in; None: it earned nothing
    other_currencies: tuple[str, ...]
    first_day: date | None
    last_day: date | None
    model: str
    window_days: int | None


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


def query(con: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> list[Row]:
    """Rows of `sql/report/<name>.sql`; WarehouseError where a KPI table or column is missing."""
    try:
        result = con.execute(sql(f"report/{name}"), parameters)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise WarehouseError(
            f"The published KPIs do not have what the report needs ({name}): {error}. "
            "Materialize `published_kpis` again with this version."
        ) from error
    columns = [column[0] for column in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def scope(con: duckdb.DuckDBPyConnection) -> Scope:
    """Currency, days, model and window of the published KPIs."""
    currencies = [row["currency"] for row in query(con, "currencies")]
    (period,) = query(con, "period")
    return Scope(
        currency=currencies[0] if currencies else None,
        other_currencies=tuple(sorted(currencies[1:])),
        first_day=period["first_day"],
        last_day=period["last_day"],
        model=period["model"] or "linear",
        window_days=period["window_days"],
    )
