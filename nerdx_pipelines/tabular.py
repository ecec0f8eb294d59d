"""Rows as a table for people, as CSV or as JSON, with every digit of a decimal.

Where the rows come from is the callers' business.
"""

import csv
import json
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

FORMATS = ("table", "csv", "json")


def write_rows(
    columns: Sequence[str], rows: Iterator[tuple[Any, ...]], to: TextIO, form: str = "table"
) -> None:
    """Write the rows to `to` as `form`, one of FORMATS."""
    {"table": _table, "csv": _csv, "json": _json}[form](columns, rows, to)


def _table(columns: Sequence[str], rows: Iterator[tuple[Any, ...]], to: TextIO) -> None:
    console = Console(file=to, width=None if to.isatty() else 1000)
    table = Table(box=None, header_style="bold", pad_edge=False)
    values = list(rows)
    for index, column in enumerate(columns):
        numeric = any(isinstance(row[index], int | float | Decimal) for row in values)
        table.add_column(Text(column), justify="right" if numeric else "left", overflow="fold")
    for row in values:
        table.add_row(*(Text(as_text(value)) for value in row))
    console.print(table)


def _csv(columns: Sequence[str], rows: Iterator[tuple[Any, ...]], to: TextIO) -> None:
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([as_text(value) for value in row] for row in rows)


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
    return json.dumps(as_text(value), ensure_ascii=False)


def as_text(value: object) -> str:
    """One value as a person reads it; times in UTC, decimals with all their digits."""
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
