"""The GraphQL schema the store answers by, and the few questions everybody asks it.

The part it has data for is in this folder's `*.graphql`; how that is answered is in `reads/`,
and what the rest of Shopify's own schema, when it is given, is answered with in `defaults.py`.
"""

import gzip
import json
import os
import zlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import cast

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_client_schema,
    build_schema,
    get_named_type,
)

from nerdx_pipelines.errors import ConfigError

# Read once, when this module is first imported: a process serves one schema.
VARIABLE = "NERDX_STORE_SCHEMA"
_WHERE = "Shopify's are in the npm package @shopify/dev-mcp: dist/data/admin_<version>.json.gz."
_CORE = {"QueryRoot", "Mutation", "Node", "Order", "Product", "Customer", "BulkOperation"}
_STORED = {"CustomerMoment": "CustomerVisit", "Event": "BasicEvent"}


def _served() -> GraphQLSchema:
    parts = (file for file in files(__package__).iterdir() if file.name.endswith(".graphql"))
    texts = (file.read_text(encoding="utf-8") for file in sorted(parts, key=lambda file: file.name))
    return build_schema("\n".join(texts))


def _official(file: Path) -> GraphQLSchema:
    try:
        content = file.read_bytes()
        found = json.loads(gzip.decompress(content) if file.suffix == ".gz" else content)
        schema = build_client_schema(found.get("data", found), assume_valid=True)
    except (OSError, EOFError, zlib.error, ValueError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{file} is no answer to GraphQL's introspection query ({error}). {_WHERE}"
        ) from error
    if lacking := sorted(_CORE - schema.type_map.keys()):
        raise ConfigError(
            f"{file} is not the schema of Shopify's Admin API: it has no {', '.join(lacking)}. "
            f"{_WHERE}"
        )
    return schema


SERVED = _served()
SCHEMA = _official(Path(os.environ[VARIABLE])) if os.environ.get(VARIABLE) else SERVED
NODE = cast(GraphQLInterfaceType, SCHEMA.type_map["Node"])


def is_served(type_: GraphQLNamedType, field: str) -> bool:
    """Whether the store has data, or a rule of its own, for a field of an object type."""
    served = SERVED.type_map.get(type_.name)
    return isinstance(served, GraphQLObjectType) and field in served.fields


def object_type(name: str) -> GraphQLObjectType:
    """The object type called `name`."""
    return cast(GraphQLObjectType, SCHEMA.type_map[name])


def named_type(field: GraphQLField) -> GraphQLNamedType:
    """The field's type without its list and non-null wrappers."""
    return get_named_type(field.type)


def is_node(type_: GraphQLNamedType) -> bool:
    """Whether objects of the type have a global id, which is what Shopify charges for."""
    return isinstance(type_, GraphQLObjectType) and NODE in type_.interfaces


def members(type_: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
    """The object types that an interface or a union stands for; an object type is its own."""
    if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
        return SCHEMA.get_possible_types(type_)
    return [type_] if isinstance(type_, GraphQLObjectType) else []


def is_list(field: GraphQLField) -> bool:
    """Whether the field is a plain list."""
    type_ = field.type
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)


def is_connection(type_: GraphQLNamedType) -> bool:
    """Whether the type is a page of a connection."""
    return type_.name.endswith("Connection")


def connected_type(connection: GraphQLNamedType) -> GraphQLObjectType:
    """The type of a connection's nodes; for an interface the one that the store has rows of."""
    fields = cast(GraphQLObjectType, connection).fields
    if "nodes" in fields:
        return stored_type(named_type(fields["nodes"]))
    edge = cast(GraphQLObjectType, named_type(fields["edges"]))
    return stored_type(named_type(edge.fields["node"]))


def stored_type(type_: GraphQLNamedType) -> GraphQLObjectType:
    """The type itself, or the one that stands for an interface in the store's tables."""
    return object_type(_STORED.get(type_.name, type_.name))
