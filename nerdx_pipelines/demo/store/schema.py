"""The GraphQL schema the store serves and the few questions everybody asks it.

The types themselves are in `schema.graphql`; how they are answered is in `tables.py`.
"""

from importlib.resources import files
from typing import cast

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    build_schema,
    get_named_type,
)

SCHEMA = build_schema(files(__package__).joinpath("schema.graphql").read_text(encoding="utf-8"))
NODE = cast(GraphQLInterfaceType, SCHEMA.type_map["Node"])


def object_type(name: str) -> GraphQLObjectType:
    """The object type called `name`."""
    return cast(GraphQLObjectType, SCHEMA.type_map[name])


def named_type(field: GraphQLField) -> GraphQLNamedType:
    """The field's type without its list and non-null wrappers."""
    return get_named_type(field.type)


def is_node(type_: GraphQLNamedType) -> bool:
    """Whether objects of the type have a global id, which is what Shopify charges for."""
    return isinstance(type_, GraphQLObjectType) and NODE in type_.interfaces


def is_list(field: GraphQLField) -> bool:
    """Whether the field is a plain list."""
    type_ = field.type
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)


def is_connection(type_: GraphQLNamedType) -> bool:
    """Whether the type is a page of a connection."""
    return type_.name.endswith("Connection")


def connected_type(connection: GraphQLNamedType) -> GraphQLObjectType:
    """The type of a connection's nodes."""
    fields = cast(GraphQLObjectType, connection).fields
    nodes: GraphQLOutputType = fields["nodes"].type
    return cast(GraphQLObjectType, get_named_type(nodes))
