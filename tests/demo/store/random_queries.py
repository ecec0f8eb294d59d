"""Random queries that a schema allows, as hypothesis strategies.

Every field has an alias of its own, so that any two selections can be merged, and every page a
size; objects of an interface or union also say their type.
"""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]
MOST_FIELDS = 4
FULL = ("lineItems", "variants", "orders")  # connections that are hardly ever empty
_SCALARS = {
    "Int": "1",
    "Float": "1.5",
    "Boolean": "true",
    "DateTime": '"2026-11-01T00:00:00Z"',
    "Date": '"2026-11-01"',
    "JSON": '"{}"',
    "UnsignedInt64": '"1"',
    "BigInt": '"1"',
    "Decimal": '"1.0"',
    "Money": '"1.00"',
    "UtcOffset": '"+00:00"',
}


@st.composite
def queries(
    draw: Draw, schema: GraphQLSchema, roots: list[str], ids: list[str], depth: int = 3
) -> str:
    """The text of a query whose objects nest `depth` deep below the root fields.

    Half of the root fields are among `roots`, and all ids among `ids`.
    """
    root = schema.query_type
    assert root is not None
    writer = _Writer(draw, schema, ids)
    either = st.one_of(st.sampled_from(roots), st.sampled_from(sorted(root.fields)))
    names = draw(st.lists(either, min_size=1, max_size=2))
    return (
        "{ " + " ".join(writer.field(name, root.fields[name], depth + 1) for name in names) + " }"
    )


@st.composite
def bulk_queries(draw: Draw, schema: GraphQLSchema, roots: list[str]) -> str:
    """The text of a bulk query of one of the connections `roots`, with another one in it."""
    assert schema.query_type is not None
    writer, root = _Writer(draw, schema, ["gid://shopify/Order/1"]), draw(st.sampled_from(roots))
    return f"{{ {root} {writer.lines(schema.query_type.fields[root], 2)} }}"


@st.composite
def mutations(draw: Draw, schema: GraphQLSchema, names: list[str], ids: list[str]) -> str:
    """The text of a mutation, one of `names`, with some of `ids`."""
    assert schema.mutation_type is not None
    name = draw(st.sampled_from(names))
    field = schema.mutation_type.fields[name]
    given = _Writer(draw, schema, ids, generous=True).arguments(field)
    answer = _Writer(draw, schema, ids).selection(get_named_type(field.type), 2)
    return f"mutation {{ {name}{given} {answer} }}"


class _Writer:
    def __init__(
        self, draw: Draw, schema: GraphQLSchema, ids: list[str], *, generous: bool = False
    ) -> None:
        self.draw, self.schema, self.ids, self.aliases = draw, schema, ids, count()
        self.generous = generous

    def selection(self, type_: GraphQLNamedType, depth: int) -> str:
        parts = ["__typename"] if is_abstract_type(type_) or depth == 0 else []
        fields = getattr(type_, "fields", {})
        usable = sorted(
            name
            for name, field in fields.items()
            if depth > 0 or is_leaf_type(get_named_type(field.type))
        )
        if usable:
            names = st.lists(st.sampled_from(usable), min_size=1, max_size=MOST_FIELDS)
            parts += [self.field(name, fields[name], depth) for name in self.draw(names)]
        if is_abstract_type(type_) and depth > 0:
            members = sorted(each.name for each in self.schema.get_possible_types(type_))
            member = self.schema.type_map[self.draw(st.sampled_from(members))]
            assert isinstance(member, GraphQLObjectType)
            parts.append(f"... on {member.name} {self.selection(member, depth - 1)}")
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def field(self, name: str, field: GraphQLField, depth: int) -> str:
        type_ = get_named_type(field.type)
        below = "" if is_leaf_type(type_) else " " + self.selection(type_, depth - 1)
        return f"f{next(self.aliases)}: {name}{self.arguments(field)}{below}"

    def lines(self, connection: GraphQLField, levels: int) -> str:
        """The edges of a connection in a bulk query: plain fields, and a connection of each."""
        fields = _node_fields(connection)
        plain = [name for name in sorted(fields) if "first" not in fields[name].args]
        names = self.draw(st.lists(st.sampled_from(plain), max_size=MOST_FIELDS))
        parts = ["id", *(self.field(name, fields[name], 1) for name in names if name != "id")]
        inner = [
            name
            for name in sorted(fields)
            if get_named_type(fields[name].type).name.endswith("Connection")
            and not any(map(is_required_argument, fields[name].args.values()))
        ]
        if inner and levels > 1:
            known = [name for name in inner if name in FULL] or inner
            name = self.draw(st.one_of(st.sampled_from(known), st.sampled_from(inner)))
            if "id" in _node_fields(fields[name]):
                parts.append(f"{name} {self.lines(fields[name], levels - 1)}")
        return "{ edges { node { " + " ".join(parts) + " } } }"

    def arguments(self, field: GraphQLField) -> str:
        given = [
            f"{name}: {self.value(argument.type)}"
            for name, argument in field.args.items()
            if is_required_argument(argument) or self.optional()
        ]
        if "first" in field.args and not any(each.startswith("first:") for each in given):
            given.append(f"first: {self.draw(st.integers(1, 3))}")
        return f"({', '.join(given)})" if given else ""

    def optional(self) -> bool:
        """Whether to give what need not be given."""
        return self.generous and bool(self.draw(st.booleans()))

    def value(self, type_: GraphQLInputType, depth: int = 0) -> str:
        if is_non_null_type(type_):
            type_ = type_.of_type
        if is_list_type(type_):
            return f"[{self.value(type_.of_type, depth + 1)}]"
        if isinstance(type_, GraphQLEnumType):
            return str(self.draw(st.sampled_from(sorted(type_.values))))
        if isinstance(type_, GraphQLInputObjectType):
            return self.input_object(type_, depth)
        if type_.name == "ID":
            return json.dumps(self.draw(st.sampled_from(self.ids)))
        return _SCALARS.get(type_.name, '"x"')

    def input_object(self, type_: GraphQLInputObjectType, depth: int) -> str:
        wanted = [name for name, each in type_.fields.items() if is_required_input_field(each)]
        if getattr(type_, "is_one_of", False):
            wanted = [self.draw(st.sampled_from(sorted(type_.fields)))]
        elif depth < 3:
            wanted += [
                name
                for name, each in type_.fields.items()
                if name not in wanted and self.optional()
            ]
        given = (f"{name}: {self.value(type_.fields[name].type, depth + 1)}" for name in wanted)
        return "{" + ", ".join(given) + "}"


def _node_fields(connection: GraphQLField) -> dict[str, GraphQLField]:
    """The fields of a connection's nodes; none for a union."""
    edge = get_named_type(get_named_type(connection.type).fields["edges"].type)
    return getattr(get_named_type(edge.fields["node"].type), "fields", {})
