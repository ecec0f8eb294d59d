"""Analysts' reading of the warehouse: one SELECT, its rows as a table, CSV or JSON.

Tables of schema `kpi` come from the published file, which no run ever locks; others from a
snapshot of the warehouse, so that a query neither waits for a run nor stops one.
"""

import csv
import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TextIO

import duckdb
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nerdx_pipelines.errors import NerdxError
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.publish import published

FORMATS = ("table", "csv", "json")


class QueryError(NerdxError):
    """The statement cannot be run; the message says why, mostly in DuckDB's words."""


def query(settings: Settings, statement: str, to: TextIO, form: str = "table") -> None:
    """Run `statement` (reading only) and write its rows to `to` as `form`.

    Raises QueryError for a statement that is wrong or would write, WarehouseError without data.
    """
    try:
        _refuse_writing(statement)
        with _connection(settings, statement) as con:
            result = con.execute(statement)
            columns = [column[0] for column in result.description or ()]
            rows = iter(result.fetchone, None)
            {"table": _table, "csv": _csv, "json": _json}[form](columns, rows, to)
    except duckdb.Error as error:
        raise QueryError(str(error)) from None


def cells(settings: Settings, statement: str) -> tuple[list[str], list[list[str]]]:
    """Column names and rows of `statement`, every value as the text a person reads."""
    with _connection(settings, statement) as con:
        result = con.execute(statement)
        columns = [column[0] for column in result.description or ()]
        return columns, [[_text(value) for value in row] for row in result.fetchall()]


def _refuse_writing(statement: str) -> None:
    # Nothing could reach the data, but a COPY would write files, and a CREATE seem to work.
    kinds = [parsed.type.name for parsed in duckdb.extract_statements(statement)]
    if kinds != ["SELECT"]:
        raise QueryError(
            f"Give one SELECT (or FROM, DESCRIBE, SUMMARIZE), not {', '.join(kinds) or 'nothing'}. "
            "The data are written by runs only: `nerdx refresh`."
        )


@contextmanager
def _connection(settings: Settings, statement: str) -> Iterator[duckdb.DuckDBPyConnection]:
    if settings.kpi_path.exists() and _only_kpis(statement):
        with published(settings.kpi_path) as con:
            yield con
    else:
        warehouse = Warehouse(
            settings.warehouse_path, settings.timezone, memory_limit=settings.memory_limit
        )
        with warehouse.read() as con:
            yield con


def _only_kpis(statement: str) -> bool:
    try:
        tables = duckdb.get_table_names(statement, qualified=True)
    except duckdb.Error:  # it also binds, without the tables, and so refuses JOIN … USING
        return False
    return bool(tables) and all(name.lower().startswith("kpi.") for name in tables)


def _table(columns: Sequence[str], rows: Iterator[tuple[Any, ...]], to: TextIO) -> None:
    console = Console(file=to, width=None if to.isatty() else 1000)
    table = Table(box=None, header_style="bold", pad_edge=False)
    values = list(rows)
    for index, column in enumerate(columns):
        numeric = any(isinstance(row[index], int | float | Decimal) for row in values)
        table.add_column(Text(column), justify="right" if numeric else "left", overflow="fold")
    for row in values:
        table.add_row(*(Text(_text(value)) for value in row))
    console.print(table)


def _csv(columns: Sequence[str], rows: Iterator[tuple[Any, ...]], to: TextIO) -> None:
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_text(value) for value in row] for row in rows)


def _json(columns: Sequence[str], rows: Iterator[tuple[Any, ...]], to: TextIO) -> None:
    to.write("[")
    for number, row in enumerate(rows):
        pairs = (
            f"{json.dumps(column, ensure_ascii=False)}: {_json_value(value)}"
            for column, value in zip(columns, row, strict=True)
        )
        to.write((",\n " if number else "\n ") + "{" + ", ".join(pairs) + "}")
    to.write("\n]\n")


def _json_value(value: object) -> str:
    """JSON of one value. Decimals stay decimal: their digits are written as a number."""
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_json_value, value)) + "]"
    if isinstance(value, dict):
        pairs = (
            f"{json.dumps(str(key), ensure_ascii=False)}: {_json_value(inner)}"
            for key, inner in value.items()
        )
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, float) and not math.isfinite(value):
        return "null"  # JSON has neither NaN nor infinity
    if value is None or isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(_text(value), ensure_ascii=False)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Decimal():
            return _decimal(value)
        case datetime():
            instant = value.astimezone(UTC) if value.tzinfo else value
            return instant.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case list() | tuple() | dict():
            return _json_value(value)
        case _:
            return str(value)


def _decimal(value: Decimal) -> str:
    """Digits of `value`: two places at least, and no zeros after them."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent > -2:
        return str(value)
    text = f"{value:f}"
    whole, _, places = text.partition(".")
    return f"{whole}.{places[:2]}{places[2:].rstrip('0')}"
