"""Turns the shape of a REST object into one DuckDB statement giving finished JSON.

How the objects look is in `orders.py`; which rows are asked for is in `query.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import count as numbers

from nerdx_pipelines.demo.store.sqltext import json_object, select
from nerdx_pipelines.money import minor_digits_sql
from nerdx_pipelines.sql import literal

# In every SQL text, `{t}` is the row of the object and `{m}` the row that prices it, which has
# `currency`, `presentment`, `rate`, and the decimals of both currencies.
PRICED = ("currency", "presentment", "rate", "digits", "presentment_digits")


@dataclass(frozen=True)
class Time:
    """A moment, in the shop's time zone."""

    sql: str


@dataclass(frozen=True)
class Money:
    """A DECIMAL amount in the shop's currency, as text."""

    sql: str


@dataclass(frozen=True)
class MoneySet:
    """A DECIMAL amount in the shop's currency, shown in both currencies."""

    sql: str


@dataclass(frozen=True)
class Inner:
    """An object of the same row, or a list of it; null, or empty, unless `when` holds."""

    shape: "Shape"
    when: str
    listed: bool = False


@dataclass(frozen=True)
class Row:
    """Another row, by id; null when there is none."""

    relation: str
    id: str
    shape: "Shape"


@dataclass(frozen=True)
class Rows:
    """The rows whose `foreign_key` is this row's id, in an order; `most` of them if it is given."""

    relation: str
    foreign_key: str
    shape: "Shape"
    order: str = "{t}.id"
    most: int | None = None


@dataclass(frozen=True)
class Personal:
    """A value that an app without access to protected customer data is not shown."""

    value: "Shown"


Shown = str | Time | Money | MoneySet | Inner | Row | Rows
Value = Shown | Personal
Shape = Mapping[str, Value]

NONE = "json_array()"
ZERO = "CAST(0 AS DECIMAL(18, 4))"
TAGS = "coalesce(array_to_string({t}.tags, ', '), '')"


def gid(type_name: str) -> str:
    """The row's global id."""
    return f"'gid://shopify/{type_name}/' || {{t}}.id"


def plain(*names: str) -> dict[str, Value]:
    """Columns that are shown under their own names."""
    return {name: "{t}." + name for name in names}


def times(*names: str) -> dict[str, Value]:
    """Moments that are shown under their columns' names."""
    return {name: Time("{t}." + name) for name in names}


def constant(sql: str, *names: str) -> dict[str, Value]:
    """The same value under several names."""
    return dict.fromkeys(names, sql)


def amount(name: str, sql: str) -> dict[str, Value]:
    """An amount as text and, under `<name>_set`, in both currencies."""
    return {name: Money(sql), f"{name}_set": MoneySet(sql)}


def pricing(currency: str, presentment: str, rate: str) -> str:
    """The columns that `{m}` needs, for the SELECT list of a relation."""
    return (
        f"{currency} AS currency_, {presentment} AS presentment_, {rate} AS rate_,"
        f" {minor_digits_sql(currency)} AS digits_,"
        f" {minor_digits_sql(presentment)} AS presentment_digits_"
    )


@dataclass
class Shaper:
    """Compiles shapes of one answer; `tables` are the WITH terms that the statement needs."""

    zone: tzinfo
    protected: bool
    tables: list[str] = field(default_factory=list)
    _names: Iterator[int] = field(default_factory=numbers)

    def statement(self, shape: Shape, page: str, order: str, key: str) -> str:
        """SELECT of (id, JSON object, key) for the rows of `page`, a SELECT with `pricing` columns.

        `order` and `key` are SQL over the row aliased `r`.
        """
        self.tables.append(f"r AS MATERIALIZED ({page})")
        joins: list[str] = []
        item = self._object(shape, "r", "r", joins)
        tables = ", ".join(self.tables)
        return f"WITH {tables} " + select(
            f"r.id, {item}, {key}", f"r {' '.join(joins)}", order=order
        )

    def _object(self, shape: Shape, row: str, priced: str, joins: list[str]) -> str:
        shown = {
            key: value.value if isinstance(value, Personal) else value
            for key, value in shape.items()
            if self.protected or not isinstance(value, Personal)
        }
        return json_object(
            [(key, self._value(value, row, priced, joins)) for key, value in shown.items()]
        )

    def _value(self, value: Shown, row: str, priced: str, joins: list[str]) -> str:
        def sql(text: str) -> str:
            return text.format(t=row, m=priced)

        match value:
            case str():
                return sql(value)
            case Time(text):
                return self._time(sql(text))
            case Money(text):
                return _money(sql(text), f"{priced}.digits_")
            case MoneySet(text):
                return _money_set(sql(text), priced)
            case Inner(shape, when, listed):
                item = self._object(shape, row, priced, joins)
                if listed:
                    return f"CASE WHEN {sql(when)} THEN json_array({item}) ELSE json_array() END"
                return f"CASE WHEN {sql(when)} THEN {item} END"
            case Row(relation, key, shape):
                alias = self._name()
                joins.append(f"LEFT JOIN {relation} {alias} ON {alias}.id = {sql(key)}")
                item = self._object(shape, alias, priced, joins)
                return f"CASE WHEN {alias}.id IS NOT NULL THEN {item} END"
            case Rows():
                return self._rows(value, row, joins)

    def _rows(self, rows: Rows, parent: str, joins: list[str]) -> str:
        # Joined as tables: a subquery per object would be planned, and often run, far slower.
        row, found = self._name(), self._name()
        order = rows.order.format(t="c")
        columns = f"c.*, p.id AS parent_, row_number() OVER (PARTITION BY p.id ORDER BY {order})"
        priced = ", ".join(f"p.{name}_" for name in PRICED)
        source = f"{rows.relation} c JOIN {parent} p ON c.{rows.foreign_key} = p.id"
        statement = select(f"{columns} AS rank_, {priced}", source)
        if rows.most is not None:
            statement += f" QUALIFY rank_ <= {rows.most}"
        self.tables.append(f"{row} AS MATERIALIZED ({statement})")
        inner: list[str] = []
        item = self._object(rows.shape, row, row, inner)
        listed = f"to_json(list({item} ORDER BY {row}.rank_)) AS items"
        grouped = select(f"{row}.parent_ AS id, {listed}", f"{row} {' '.join(inner)}")
        self.tables.append(f"{found} AS ({grouped} GROUP BY 1)")
        joins.append(f"LEFT JOIN {found} ON {found}.id = {parent}.id")
        return f"coalesce({found}.items, json_array())"

    def _time(self, moment: str) -> str:
        # An explicit offset, because strftime's %z leaves out minutes that are zero.
        local = f"timezone({literal(str(self.zone))}, {moment})"
        minutes = f"CAST(epoch({local}) - epoch({moment}) AS INTEGER) // 60"
        sign = f"CASE WHEN {minutes} < 0 THEN '-' ELSE '+' END"
        offset = f"format('{{:02d}}:{{:02d}}', abs({minutes}) // 60, abs({minutes}) % 60)"
        return f"strftime({local}, '%Y-%m-%dT%H:%M:%S') || {sign} || {offset}"

    def _name(self) -> str:
        return f"r{next(self._names)}"


def _money(amount: str, digits: str) -> str:
    def text(places: int) -> str:
        return f"CAST(CAST({amount} AS DECIMAL(18, {places})) AS VARCHAR)"

    return f"CASE {digits} WHEN 2 THEN {text(2)} WHEN 0 THEN {text(0)} ELSE {text(3)} END"


def _money_set(amount: str, priced: str) -> str:
    sides = {
        "shop_money": (amount, "digits_", "currency_"),
        "presentment_money": (
            f"({amount}) * {priced}.rate_",
            "presentment_digits_",
            "presentment_",
        ),
    }
    return json_object(
        [
            (
                side,
                json_object(
                    [
                        ("amount", _money(value, f"{priced}.{digits}")),
                        ("currency_code", f"{priced}.{currency}"),
                    ]
                ),
            )
            for side, (value, digits, currency) in sides.items()
        ]
    )
