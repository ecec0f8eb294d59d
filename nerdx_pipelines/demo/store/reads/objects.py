"""One object from its own row: SQL of a JSON object with the fields that were selected.

Objects of other rows and connections are the compiler's; where each value comes from is said in
`tables.py`.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import ClassVar

from graphql import FieldNode, GraphQLNamedType

from nerdx_pipelines.demo.store.errors import bad_request
from nerdx_pipelines.demo.store.graphql.defaults import Defaults
from nerdx_pipelines.demo.store.graphql.schema import is_list
from nerdx_pipelines.demo.store.graphql.selection import Selected, Selections
from nerdx_pipelines.demo.store.reads.sources import Amount, Bag, Column, Counted, Named, Part
from nerdx_pipelines.demo.store.sqltext import decimal, json_object, presentment
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
class Objects(ABC):
    """Compiles objects of one request on a shop in `zone` that counts in `currency`."""

    selections: Selections
    zone: tzinfo
    currency: str
    paged: ClassVar[bool] = True

    @abstractmethod
    def value(self, type_: GraphQLNamedType, selected: Selected, row: Row) -> str | None:
        """SQL of one field's JSON value, or None for a field that the object does not carry."""

    def pairs(self, type_: GraphQLNamedType, nodes: Iterable[FieldNode], row: Row) -> Pairs:
        """Response keys and SQL of an object's fields."""
        compiled = (
            (selected.key, self.value(type_, selected, row))
            for selected in self.selections.of(type_, nodes)
        )
        return [(key, sql) for key, sql in compiled if sql is not None]

    def default(self, type_: GraphQLNamedType, selected: Selected) -> str | None:
        """SQL of the JSON value of a field that the store has no data for, if it is carried."""
        defaults = Defaults(self.selections, self.currency, self.paged)
        if not defaults.carries(selected):
            return None
        return f"CAST({literal(json.dumps(defaults.value(type_, selected)))} AS JSON)"

    def own(
        self, selected: Selected, row: Row, source: Column | Bag | Amount | Counted | Part | Named
    ) -> str:
        """SQL of a JSON value that comes from the row itself."""
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
