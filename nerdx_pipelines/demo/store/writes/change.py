"""One action on the shop: a moment, its changes in one transaction, and what it announces.

The few ways to change rows are here; which rows an action changes is in the modules beside it.
"""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import duckdb

from nerdx_pipelines.demo.store.database import StoreDatabase
from nerdx_pipelines.sql import literal

Row = dict[str, Any]


class RefusedError(Exception):
    """What Shopify answers with `userErrors`: the action is not possible with these values."""

    def __init__(
        self, message: str, field: Iterable[object] | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        path = None if field is None else [str(part) for part in field]
        self.errors: list[Row] = [{"field": path, "message": message, "code": code}]

    @classmethod
    def of(cls, errors: list[Row]) -> "RefusedError":
        """With `userErrors` as they are answered."""
        whole = cls("; ".join(error["message"] for error in errors))
        whole.errors = errors
        return whole

    @classmethod
    def all(cls, errors: Iterable["RefusedError"]) -> "RefusedError":
        """Several in one."""
        return cls.of([error for each in errors for error in each.errors])


@dataclass
class Change:
    """The action being done: `at` is its moment, later than that of any action before.

    `announced` holds (topic, id, body) for the subscribers; a body of None is the REST object.
    """

    cursor: duckdb.DuckDBPyConnection
    shop_id: int
    at: datetime
    event_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    announced: dict[tuple[str, int], Row | None] = field(default_factory=dict)

    def rows(self, statement: str) -> list[Row]:
        """The rows of a query, by column name."""
        self.cursor.execute(statement)
        names = [column[0] for column in self.cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in self.cursor.fetchall()]

    def get(self, table: str, id: int) -> Row | None:
        """The row with this id."""
        found = self.rows(f"SELECT * FROM store.{table} WHERE id = {id}")  # noqa: S608
        return found[0] if found else None

    def scalar(self, expression: str) -> Any:
        """The value of an SQL expression."""
        ((value,),) = self.cursor.execute(f"SELECT {expression}").fetchall()
        return value

    def insert(self, table: str, **values: Any) -> int:
        """A new row, of this moment where it has times, and its id."""
        id = values.setdefault("id", None) or self.new_id(table)
        values["id"] = id
        names, given = ", ".join(values), ", ".join(map(sql_value, values.values()))
        self.cursor.execute(f"INSERT INTO store.{table} ({names}) VALUES ({given})")  # noqa: S608
        return int(id)

    def update(self, table: str, id: int, **values: Any) -> None:
        """New values for the row with this id, and its `updated_at`."""
        values.setdefault("updated_at", self.at)
        if values["updated_at"] is None:  # a table without it
            del values["updated_at"]
        changes = ", ".join(f"{name} = {sql_value(value)}" for name, value in values.items())
        self.cursor.execute(f"UPDATE store.{table} SET {changes} WHERE id = {id}")  # noqa: S608

    def delete(self, table: str, condition: str) -> None:
        """Remove the rows that satisfy an SQL condition."""
        self.cursor.execute(f"DELETE FROM store.{table} WHERE {condition}")  # noqa: S608

    def new_id(self, table: str) -> int:
        """A number that no row of the table has or had."""
        known = f"SELECT id FROM store.last_ids WHERE resource = {literal(table)}"  # noqa: S608
        if table in _WITHOUT_TABLE:
            newest = f"coalesce(({known}), 0)"
        else:
            # The very largest ids are a test's; nothing could come after them.
            newest = (
                f"greatest(coalesce(({known}), 0), coalesce((SELECT max(id) FROM store.{table}"  # noqa: S608
                f" WHERE id < {2**62}), 0))"
            )
        id = int(self.scalar(newest)) + 1
        self.delete("last_ids", f"resource = {literal(table)}")
        self.cursor.execute(f"INSERT INTO store.last_ids VALUES ({literal(table)}, {id})")  # noqa: S608
        return id

    def announce(self, topic: str, id: int, body: Row | None = None) -> None:
        """Tell the topic's subscribers; once, however often the same thing is announced."""
        self.announced.setdefault((topic, id), body)

    def destroyed(self, subject: str, topic: str, id: int, message: str) -> None:
        """Leave the event that a deletion leaves, and announce it."""
        self.insert(
            "events",
            subject_type=subject,
            subject_id=id,
            action="destroy",
            created_at=self.at,
            message=message,
        )
        self.announce(topic, id, {"id": id})


_WITHOUT_TABLE = frozenset({"inventory_adjustment_groups", "jobs", "order_edits"})


class Subscribers(Protocol):
    """Who is told of changes."""

    def prepare(self, change: Change) -> list[Any]:
        """What will be sent, as the shop is within the change's transaction."""

    def send(self, prepared: list[Any]) -> None:
        """Send it; the change has happened."""


class Writer:
    """Makes changes one after the other, and announces each in that order."""

    def __init__(self, database: StoreDatabase, subscribers: Subscribers) -> None:
        self._database, self._subscribers = database, subscribers
        self._last = datetime.min.replace(tzinfo=UTC)

    @contextmanager
    def change(self) -> Iterator[Change]:
        """An action: it happens as a whole at the end, or not at all after an error."""
        with self._database.write_lock:
            with self._database.writing() as cursor:
                change = Change(cursor, self._database.shop_id, self._moment())
                yield change
                prepared = self._subscribers.prepare(change)
            self._subscribers.send(prepared)

    def _moment(self) -> datetime:
        self._last = max(datetime.now(UTC), self._last + timedelta(microseconds=1))
        return self._last


def sql_value(value: Any) -> str:
    """A Python value as SQL."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            return f"TIMESTAMPTZ {literal(value.isoformat())}"
        case list() | tuple():
            return f"[{', '.join(map(sql_value, value))}]"
    return literal(str(value))
