"""Compiles a GraphQL selection into one DuckDB SELECT of finished JSON objects.

Pages nest their connections as ordered, limited lists, and a request costs one statement per
root field; the bulk exports (`bulk/query.py`) use the same compiler and cut it at connections.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count as numbers
from typing import Any

from graphql import FieldNode, GraphQLNamedType, GraphQLObjectType

from nerdx_pipelines.demo.store.errors import bad_request
from nerdx_pipelines.demo.store.graphql.schema import connected_type, is_connection
from nerdx_pipelines.demo.store.graphql.selection import Selected
from nerdx_pipelines.demo.store.reads import search
from nerdx_pipelines.demo.store.reads.objects import Objects, Row
from nerdx_pipelines.demo.store.reads.page import Page
from nerdx_pipelines.demo.store.reads.paging import Window
from nerdx_pipelines.demo.store.reads.sources import Chosen, First, Many, One, Only, Source
from nerdx_pipelines.demo.store.reads.tables import TABLES
from nerdx_pipelines.demo.store.sqltext import gid_number, json_object, select
from nerdx_pipelines.sql import literal


@dataclass
class Compiler(Objects):
    """Compiles the fields of one request; `warned` collects the searches with ignored terms.

    `visible` gives, by type, the condition of the rows that this request may see at all.
    """

    visible: Mapping[str, str] = field(default_factory=dict)
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

    def value(self, type_: GraphQLNamedType, selected: Selected, row: Row) -> str | None:
        """SQL of one field's JSON value, or None for a field that the object does not carry."""
        if selected.name == "__typename":
            return literal(type_.name)
        table = TABLES.get(type_.name)
        source: Source | None = table.fields.get(selected.name) if table else None
        match source:
            case None:
                return self.default(type_, selected)
            case One() | Only() | Chosen() | First():
                return self._one(selected, row, source)
            case Many() if is_connection(selected.type):
                return self.connection(selected, _related(source, row), row)
            case Many():
                return self._list(selected, _related(source, row), row)
        return self.own(selected, row, source)

    def connection(
        self, selected: Selected, where: str | None = None, parent: Row | None = None
    ) -> str | None:
        """A scalar subquery giving one page of the rows that meet `where`."""
        type_ = connected_type(selected.type)
        row = self.row(type_, parent)
        sort = TABLES[type_.name].sort(selected.arguments.get("sortKey"))
        window = Window.of(selected.arguments, sort, row.alias)
        conditions = [row.sql(where) if where else None, *self.matching(selected, type_, row)]
        return Page(self, selected, type_, row, window, conditions).sql()

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

    def _one(self, selected: Selected, parent: Row, source: One | Only | Chosen | First) -> str:
        row, table = self.row(selected.type, parent), TABLES[selected.type.name]
        relation, joined = f"{self.relation(selected.type)} {row.alias}", parent.sql("{t}.id")
        match source:
            case One(id=key):
                join = f"LEFT JOIN {relation} ON {row.alias}.id = {parent.sql(key)}"
            case Only(foreign_key, argument, key):
                join = f"LEFT JOIN {relation} ON {row.alias}.{foreign_key} = {joined}"
                if argument:
                    join += f" AND {row.alias}.{key} = {gid_number(selected.arguments[argument])}"
            case Chosen(foreign_key, named):
                join = f"LEFT JOIN {relation} ON {row.alias}.{foreign_key} = {joined}"
                join += f" AND {row.sql(named(selected.arguments))}"
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


def _related(many: Many, row: Row) -> str:
    condition = f"{{t}}.{many.foreign_key} = {row.alias}.{many.of}"
    return f"{condition} AND {row.sql(many.when)}" if many.when else condition
