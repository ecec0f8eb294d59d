"""Compiles a GraphQL selection into one DuckDB SELECT of finished JSON objects.

Pages nest their connections as ordered, limited lists, and a request costs one statement per
root field; the bulk exports (`bulk_query.py`) use the same compiler and cut it at connections.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from itertools import count as numbers
from typing import Any, ClassVar

from graphql import FieldNode, GraphQLNamedType, GraphQLObjectType

from nerdx_pipelines.demo.store import search
from nerdx_pipelines.demo.store.defaults import Defaults
from nerdx_pipelines.demo.store.errors import bad_request
from nerdx_pipelines.demo.store.paging import Window
from nerdx_pipelines.demo.store.schema import connected_type, is_connection, is_list
from nerdx_pipelines.demo.store.selection import Selected, Selections
from nerdx_pipelines.demo.store.sources import (
    Amount,
    Bag,
    Column,
    Counted,
    First,
    Many,
    Named,
    One,
    Only,
    Part,
    Source,
)
from nerdx_pipelines.demo.store.sqltext import (
    decimal,
    gid_number,
    json_object,
    presentment,
    select,
)
from nerdx_pipelines.demo.store.tables import TABLES
from nerdx_pipelines.sql import literal

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Row:
    """A row being turned into an object: its alias and the order that prices it.

    `joins` are the to-one joins of the SELECT it is in, filled while its fields compile;
    `path` is the FROM clause that leads to it, `ids` the ids on the way and `line` the global
    id of the line it is written on, for bulk levels. `given` is SQL that templates may name.
    """

    alias: str
    order: str
    joins: list[str] = field(default_factory=list)
    path: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    line: str = ""
    given: Mapping[str, str] = field(default_factory=dict)

    def sql(self, template: str) -> str:
        """The SQL of a template of `tables.py` for this row."""
        return template.format(t=self.alias, o=self.order, **self.given)


@dataclass
class Compiler:
    """Compiles the fields of one request; `warned` collects the searches with ignored terms.

    `visible` gives, by type, the condition of the rows that this request may see at all.
    """

    selections: Selections
    zone: tzinfo
    currency: str
    visible: Mapping[str, str] = field(default_factory=dict)
    paged: ClassVar[bool] = True
    warned: list[dict[str, Any]] = field(default_factory=list)
    aliases: Iterator[int] = field(default_factory=numbers)

    def relation(self, type_: GraphQLNamedType) -> str:
        """The rows of a type that this request may see."""
        whole, seen = TABLES[type_.name].relation, self.visible.get(type_.name)
        return f"({select('*', whole, where=[seen])})" if seen else whole

    def rows(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode], ids: Iterable[int]) -> str:
        """SELECT of (id, JSON object) for the rows with these ids."""
        row = self.row(type_)
        item = json_object(self.pairs(type_, nodes, row))
        wanted = ", ".join(map(str, ids))
        source = f"{self.relation(type_)} {row.alias} {' '.join(row.joins)}"
        return select(f"{row.alias}.id, {item}", source, where=[f"{row.alias}.id IN ({wanted})"])

    def count(self, selected: Selected, type_: GraphQLNamedType) -> str:
        """SELECT of how many rows of `type_` match the field's search."""
        row = self.row(type_)
        relation = f"{self.relation(type_)} {row.alias}"
        return select("count(*)", relation, where=self.matching(selected, type_, row))

    def row(self, type_: GraphQLNamedType, parent: Row | None = None) -> Row:
        """A fresh row of the type, priced by itself, by its parent's order or by its own."""
        alias, table = f"r{next(self.aliases)}", TABLES[type_.name]
        if type_.name == "Order":
            return Row(alias, order=alias)
        if parent is not None or table.order_key is None:
            return Row(alias, order=parent.order if parent else alias)
        order = f"{alias}o"
        join = f"JOIN store.orders {order} ON {order}.id = {alias}.{table.order_key}"
        return Row(alias, order, joins=[join])

    def matching(self, selected: Selected, type_: GraphQLNamedType, row: Row) -> list[str | None]:
        """What the field's arguments, `query` among them, ask of a row."""
        arguments, narrowing = selected.arguments, TABLES[type_.name].narrowing
        narrowed = [narrowing[name](arguments[name]) for name in narrowing.keys() & arguments]
        return [row.sql(each) if each else None for each in narrowed] + [
            self._search(arguments.get("query"), type_, row)
        ]

    def _search(self, query: str | None, type_: GraphQLNamedType, row: Row) -> str | None:
        if not query:
            return None
        found = search.parse(query, type_.name, row.alias, self.zone)
        if found.warnings:
            self.warned.append({"query": query, "warnings": found.warnings})
        return found.condition

    def pairs(self, type_: GraphQLNamedType, nodes: Iterable[FieldNode], row: Row) -> Pairs:
        """Response keys and SQL of an object's fields."""
        compiled = (
            (selected.key, self.value(type_, selected, row))
            for selected in self.selections.of(type_, nodes)
        )
        return [(key, sql) for key, sql in compiled if sql is not None]

    def value(self, type_: GraphQLNamedType, selected: Selected, row: Row) -> str | None:
        """SQL of one field's JSON value, or None for a field that the object does not carry."""
        if selected.name == "__typename":
            return literal(type_.name)
        table = TABLES.get(type_.name)
        source: Source | None = table.fields.get(selected.name) if table else None
        match source:
            case None:
                return self.default(type_, selected)
            case One() | Only() | First():
                return self._one(selected, row, source)
            case Many() if is_connection(selected.type):
                return self.connection(selected, _related(source, row), row)
            case Many():
                return self._list(selected, _related(source, row), row)
        return self._own(selected, row, source)

    def _own(
        self, selected: Selected, row: Row, source: Column | Bag | Amount | Counted | Part | Named
    ) -> str:
        match source:
            case Column(sql):
                return row.sql(sql)
            case Bag(sql):
                return self._bag(selected, row, row.sql(sql))
            case Amount(sql):
                return self._amount(selected, row.sql(sql))
            case Counted(sql):
                return self._counted(selected, row.sql(sql))
            case Named(argument, values):
                return self._named(selected, row, selected.arguments[argument], values)
            case Part(when, given):
                item = self._item(selected, row, given)
                if not is_list(selected.field):
                    return f"CASE WHEN {row.sql(when)} THEN {item} END"
                some = "false" if selected.arguments.get("first") == 0 else row.sql(when)
                return f"CASE WHEN {some} THEN json_array({item}) ELSE json_array() END"

    def default(self, type_: GraphQLNamedType, selected: Selected) -> str | None:
        """SQL of the JSON value of a field that the store has no data for, if it is carried."""
        defaults = Defaults(self.selections, self.currency, self.paged)
        if not defaults.carries(selected):
            return None
        return f"CAST({literal(json.dumps(defaults.value(type_, selected)))} AS JSON)"

    def connection(
        self, selected: Selected, where: str | None = None, parent: Row | None = None
    ) -> str | None:
        """A scalar subquery giving one page of the rows that meet `where`."""
        type_ = connected_type(selected.type)
        row = self.row(type_, parent)
        sort = TABLES[type_.name].sort(selected.arguments.get("sortKey"))
        window = Window.of(selected.arguments, sort, row.alias)
        conditions = [row.sql(where) if where else None, *self.matching(selected, type_, row)]
        return _Page(self, selected, type_, row, window, conditions).sql()

    def _list(self, selected: Selected, where: str, parent: Row) -> str:
        row, table = self.row(selected.type, parent), TABLES[selected.type.name]
        item = json_object(self.pairs(selected.type, selected.nodes, row))
        order = f"{row.sql(table.default_sort.sql)}, {row.alias}.id"
        first = selected.arguments.get("first")
        if first is not None and first < 0:
            raise bad_request(f"first must not be negative, got {first}")
        relation = f"{self.relation(selected.type)} {row.alias}"
        page = select("*", relation, where=[row.sql(where)], order=order, limit=first)
        ranked = select(
            f"row_number() OVER (ORDER BY {order}) AS rank, {item} AS item",
            f"({page}) {row.alias} {' '.join(row.joins)}",
        )
        items = "coalesce(to_json(list(item ORDER BY rank)), json_array())"
        return f"({select(items, f'({ranked})')})"

    def _one(self, selected: Selected, parent: Row, source: One | Only | First) -> str:
        row, table = self.row(selected.type, parent), TABLES[selected.type.name]
        relation, joined = f"{self.relation(selected.type)} {row.alias}", parent.sql("{t}.id")
        match source:
            case One(id=key):
                join = f"LEFT JOIN {relation} ON {row.alias}.id = {parent.sql(key)}"
            case Only(foreign_key, argument, key):
                join = f"LEFT JOIN {relation} ON {row.alias}.{foreign_key} = {joined}"
                if argument:
                    join += f" AND {row.alias}.{key} = {gid_number(selected.arguments[argument])}"
            case First(foreign_key, when, last):
                way = "DESC" if last else "ASC"
                order = f"{row.sql(table.default_sort.sql)} {way}, {row.alias}.id {way}"
                mine = [f"{row.alias}.{foreign_key} = {joined}", parent.sql(when)]
                first = select("*", relation, where=mine, order=order, limit=1)
                join = f"LEFT JOIN LATERAL ({first}) {row.alias} ON true"
        parent.joins.append(join)
        row = replace(parent, alias=row.alias, order=row.order, path=(*parent.path, join), given={})
        item = json_object(self.pairs(selected.type, selected.nodes, row))
        return f"CASE WHEN {row.alias}.id IS NOT NULL THEN {item} END"

    def _item(self, selected: Selected, row: Row, given: Mapping[str, str]) -> str:
        inner = replace(row, given={name: row.sql(sql) for name, sql in given.items()})
        return json_object(self.pairs(selected.type, selected.nodes, inner))

    def _named(
        self, selected: Selected, row: Row, names: list[str], values: Mapping[str, str]
    ) -> str:
        if unknown := [name for name in names if name not in values]:
            raise bad_request(f"The quantity names {unknown} are invalid.")
        items = (
            self._item(selected, row, {"name": literal(name), "value": values[name]})
            for name in names
        )
        return f"json_array({', '.join(items)})"

    def _counted(self, selected: Selected, number: str) -> str:
        values = {"count": number, "precision": "'EXACT'", "__typename": "'Count'"}
        fields = self.selections.of(selected.type, selected.nodes)
        item = json_object([(each.key, values[each.name]) for each in fields])
        return f"CASE WHEN {number} IS NOT NULL THEN {item} END"

    def _amount(self, selected: Selected, amount: str) -> str:
        currency = literal(self.currency)
        values = {"amount": decimal(amount), "currencyCode": currency, "__typename": "'MoneyV2'"}
        fields = self.selections.of(selected.type, selected.nodes)
        item = json_object([(each.key, values[each.name]) for each in fields])
        return f"CASE WHEN {amount} IS NOT NULL THEN {item} END"

    def _bag(self, selected: Selected, row: Row, amount: str) -> str:
        pairs: Pairs = []
        for side in self.selections.of(selected.type, selected.nodes):
            currency = f"{row.order}.currency_code"
            value = amount
            if side.name == "presentmentMoney":
                currency = f"{row.order}.presentment_currency_code"
                value = presentment(amount, f"{row.order}.presentment_rate", currency)
            values = {"amount": decimal(value), "currencyCode": currency, "__typename": "'MoneyV2'"}
            if side.name == "__typename":
                pairs.append((side.key, "'MoneyBag'"))
            else:
                money = self.selections.of(side.type, side.nodes)
                pairs.append(
                    (side.key, json_object([(each.key, values[each.name]) for each in money]))
                )
        return f"CASE WHEN {amount} IS NOT NULL THEN {json_object(pairs)} END"


def _related(many: Many, row: Row) -> str:
    condition = f"{{t}}.{many.foreign_key} = {row.alias}.{many.of}"
    return f"{condition} AND {row.sql(many.when)}" if many.when else condition


@dataclass
class _Page:
    """One connection in the making; `items` are the JSON objects that its rows become."""

    compiler: Compiler
    connection: Selected
    type: GraphQLObjectType
    row: Row
    window: Window
    conditions: list[str | None]
    items: list[str] = field(default_factory=list)

    def sql(self) -> str:
        parts = self.compiler.selections.of(self.connection.type, self.connection.nodes)
        answer = json_object([(part.key, self._part(part)) for part in parts])
        page = select(
            "*",
            self._relation,
            where=[*self.conditions, self.window.within],
            order=self.window.order,
            limit=self.window.size + 1,
        )
        columns = [
            f"{self.window.cursor} AS cursor",
            f"row_number() OVER (ORDER BY {self.window.order}) AS rank",
            *(f"{item} AS item{index}" for index, item in enumerate(self.items)),
        ]
        joins = " ".join(self.row.joins)
        ranked = select(", ".join(columns), f"({page}) {self.row.alias} {joins}")
        # One object whatever is selected: a row too many or none, if nothing in it aggregates.
        whole = f"CASE WHEN count(*) >= 0 THEN {answer} END"
        return f"({select(whole, f'({ranked})')})"

    @property
    def _relation(self) -> str:
        return f"{self.compiler.relation(self.type)} {self.row.alias}"

    @property
    def _kept(self) -> str:
        # One row more than asked for is fetched, to know whether there is a next page.
        return f"FILTER (rank <= {self.window.size})"

    def _part(self, part: Selected) -> str:
        match part.name:
            case "nodes":
                return self._all(self.compiler.pairs(self.type, part.nodes, self.row))
            case "edges":
                return self._all(self._edge(part))
            case "pageInfo":
                return self._page_info(part)
        return self.compiler.default(self.connection.type, part) or "NULL"

    def _all(self, pairs: Pairs) -> str:
        item = f"item{len(self.items)}"
        self.items.append(json_object(pairs))
        direction = "DESC" if self.window.backward else "ASC"
        kept = f"list({item} ORDER BY rank {direction}) {self._kept}"
        return f"coalesce(to_json({kept}), json_array())"

    def _edge(self, edges: Selected) -> Pairs:
        return [
            (
                part.key,
                json_object(self.compiler.pairs(self.type, part.nodes, self.row))
                if part.name == "node"
                else self.window.cursor
                if part.name == "cursor"
                else self.compiler.default(edges.type, part) or "NULL",
            )
            for part in self.compiler.selections.of(edges.type, edges.nodes)
        ]

    def _page_info(self, part: Selected) -> str:
        beyond = "false"
        if self.window.beyond:
            rows = select("1", self._relation, where=[*self.conditions, self.window.beyond])
            beyond = f"EXISTS ({rows})"
        more = f"count(*) > {self.window.size}"
        ends = [f"arg_min(cursor, rank) {self._kept}", f"arg_max(cursor, rank) {self._kept}"]
        previous, following = (more, beyond) if self.window.backward else (beyond, more)
        values = {
            "hasPreviousPage": previous,
            "hasNextPage": following,
            "startCursor": ends[self.window.backward],
            "endCursor": ends[not self.window.backward],
            "__typename": "'PageInfo'",
        }
        fields = self.compiler.selections.of(part.type, part.nodes)
        return json_object([(each.key, values[each.name]) for each in fields])
