"""One window of a connection, by Shopify's rules: arguments, cursors, order.

Says which rows the window wants and in which order, as SQL; fetching them is the compiler's.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from nerdx_pipelines.demo.store.errors import bad_request
from nerdx_pipelines.sql import literal

MAX_PAGE = 250


@dataclass(frozen=True)
class Sort:
    """An order of rows: a never-null SQL expression of the row `{t}` and its kind of value."""

    sql: str
    kind: Literal["time", "number", "text"] = "text"


BY_ID = Sort("{t}.id", "number")


def page_size(arguments: Mapping[str, Any]) -> int:
    """`first` or `last`; raises GraphQLError in Shopify's words when they are unusable."""
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        raise bad_request("you must provide one of first or last")
    if first is not None and last is not None:
        raise bad_request("providing both first and last is not supported")
    if first is not None and arguments.get("before") is not None:
        raise bad_request("using first with before is not supported")
    if last is not None and arguments.get("after") is not None:
        raise bad_request("using last with after is not supported")
    size: int = arguments["first" if last is None else "last"]
    if not 0 <= size <= MAX_PAGE:
        name = "last" if first is None else "first"
        raise bad_request(f"{name} must be between 0 and {MAX_PAGE}, got {size}")
    return size


@dataclass(frozen=True)
class Window:
    """The rows of one page: `size` of them from one end of an ordered set.

    `sort` and `id` are SQL; ties of the sort key are broken by id, so that no row is skipped
    or repeated. `beyond` is the condition of rows on the far side of the given cursor, if any.
    """

    size: int
    backward: bool
    sort: str
    id: str
    kind: str
    reverse: bool
    within: str | None
    beyond: str | None

    @classmethod
    def of(cls, arguments: Mapping[str, Any], sort: Sort, row: str) -> "Window":
        """The window that the arguments of a connection ask for over rows aliased `row`."""
        size = page_size(arguments)
        backward = arguments.get("last") is not None
        reverse = bool(arguments.get("reverse"))
        expression, row_id = sort.sql.format(t=row), f"{row}.id"
        cursor = arguments.get("before" if backward else "after")
        within = beyond = None
        if cursor is not None:
            last_id, last_value = _decoded(cursor, sort.kind)
            sign = "<" if backward != reverse else ">"
            within = (
                f"({expression} {sign} {last_value}"
                f" OR ({expression} = {last_value} AND {row_id} {sign} {last_id}))"
            )
            beyond = f"NOT {within}"
        return cls(size, backward, expression, row_id, sort.kind, reverse, within, beyond)

    @property
    def order(self) -> str:
        """ORDER BY terms that bring the wanted rows first."""
        direction = "DESC" if self.backward != self.reverse else "ASC"
        return f"{self.sort} {direction}, {self.id} {direction}"

    @property
    def cursor(self) -> str:
        """SQL of the row's cursor."""
        value = self.sort if self.kind != "time" else f"make_timestamp(epoch_us({self.sort}))"
        return (
            f"to_base64(encode(CAST(json_object('last_id', {self.id},"
            f" 'last_value', CAST({value} AS VARCHAR)) AS VARCHAR)))"
        )


def _decoded(cursor: str, kind: str) -> tuple[int, str]:
    try:
        content = json.loads(base64.b64decode(cursor, validate=True))
        last_id, value = int(content["last_id"]), str(content["last_value"])
        if kind == "number":
            return last_id, str(Decimal(value))
        if kind == "time":
            return last_id, f"TIMESTAMPTZ '{datetime.fromisoformat(value).isoformat(' ')}+00'"
    except (ValueError, KeyError, TypeError, InvalidOperation):
        raise bad_request("Invalid cursor for current pagination sort.") from None
    return last_id, literal(value)
