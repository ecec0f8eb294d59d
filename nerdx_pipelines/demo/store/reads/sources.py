"""The kinds of places that a field's value can come from, and what a type's table is made of.

Words only, used by the tables of each area and understood by the compiler. In every piece of SQL
`{t}` is the row of the type and `{o}` the order whose currencies price it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nerdx_pipelines.demo.store.reads.paging import BY_ID, Sort
from nerdx_pipelines.demo.store.sqltext import date_time, gid


@dataclass(frozen=True)
class Column:
    """A scalar, or a list of scalars: any SQL expression that is valid inside JSON."""

    sql: str


@dataclass(frozen=True)
class Bag:
    """A MoneyBag: a DECIMAL amount in the shop's currency, shown in both currencies."""

    sql: str


@dataclass(frozen=True)
class Amount:
    """A MoneyV2: a DECIMAL amount in the shop's currency."""

    sql: str


@dataclass(frozen=True)
class Counted:
    """A Count: an exact number of things, null if the SQL gives null."""

    sql: str


@dataclass(frozen=True)
class Part:
    """An object, or a list of at most one, made of the same row if `when` holds.

    `given` names SQL that the fields of the object's type use as `{name}`.
    """

    when: str = "true"
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Named:
    """A list of objects of the same row, one a name in `argument`; `values` are those it knows.

    The fields of the object's type use `{name}` and `{value}`.
    """

    argument: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class One:
    """Another row, by id; null when there is none."""

    id: str


@dataclass(frozen=True)
class Only:
    """The one row whose `foreign_key` is this row's id, or null.

    With an `argument`, the one among several whose `key` is the id given there.
    """

    foreign_key: str
    argument: str | None = None
    key: str = "id"


@dataclass(frozen=True)
class Chosen:
    """The one row, of those whose `foreign_key` is this row's id, that the arguments name, or null.

    `named` gives the condition on it that the field's arguments mean.
    """

    foreign_key: str
    named: Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class First:
    """The first, or last, in the type's order of the rows whose `foreign_key` is this row's id.

    Null when there is none or `when`, a condition on this row, does not hold.
    """

    foreign_key: str
    when: str = "true"
    last: bool = False


@dataclass(frozen=True)
class Many:
    """The rows whose `foreign_key` is this row's `of`: a list or a connection, as the schema says.

    None of them unless `when`, a condition on this row, holds.
    """

    foreign_key: str
    of: str = "id"
    when: str | None = None


Source = Column | Bag | Amount | Counted | Part | Named | One | Only | Chosen | First | Many
Narrowing = Callable[[Any], str | None]


@dataclass(frozen=True)
class Table:
    """A GraphQL type: its relation, its fields, and how its rows are ordered.

    `order_key` is the column naming the order that prices the row, if it is not one itself.
    `narrowing` gives, by argument of the type's connections, the condition that a value means.
    """

    relation: str
    fields: Mapping[str, Source]
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    order_key: str | None = None
    default_sort: Sort = BY_ID
    narrowing: Mapping[str, Narrowing] = field(default_factory=dict)

    def sort(self, key: str | None) -> Sort:
        """The order of a sort key; by id for keys that the store has no data for."""
        return self.default_sort if key is None else self.sorts.get(key, BY_ID)


def ids(type_name: str) -> dict[str, Source]:
    """The global id and the number in it."""
    return {
        "id": Column(gid(type_name, "{t}.id")),
        "legacyResourceId": Column("CAST({t}.id AS VARCHAR)"),
    }


def times(*names: str) -> dict[str, Source]:
    """DateTimes in columns of the same name."""
    return {name: Column(date_time("{t}." + _snake(name))) for name in names}


def plain(*names: str) -> dict[str, Source]:
    """Values that are as the column of the same name has them."""
    return {name: Column("{t}." + _snake(name)) for name in names}


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


CREATED = {"CREATED_AT": Sort("{t}.created_at", "time")}
UPDATED = {"UPDATED_AT": Sort("{t}.updated_at", "time")}
POSITION = Sort("{t}.position", "number")
TITLE = {"TITLE": Sort("coalesce({t}.title, '')")}
