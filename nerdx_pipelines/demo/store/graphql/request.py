"""What the resolvers of one request share: its state, and objects of the shop by their ids.

Which field asks for which is in `resolvers.py` and `mutations.py`.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import duckdb
from graphql import GraphQLError, GraphQLObjectType, GraphQLResolveInfo

from nerdx_pipelines.demo.store.access import Access
from nerdx_pipelines.demo.store.bulk.operations import BulkOperations
from nerdx_pipelines.demo.store.database import StoreDatabase
from nerdx_pipelines.demo.store.graphql.selection import Selections
from nerdx_pipelines.demo.store.reads.compiler import Compiler
from nerdx_pipelines.demo.store.writes.idempotency import Idempotency

MAX_IDS = 250
_GID = re.compile(r"gid://shopify/(\w+)/(\d{1,19})(?:\?.*)?")


@dataclass(frozen=True)
class Finished:
    """A JSON value that already has the shape of the answer."""

    value: Any


@dataclass
class Request:
    """What the resolvers of one request share; `searches` collects `extensions.search`.

    `version` is the API version that answers, `access` what the token may see, `writes` makes
    changes.
    """

    database: StoreDatabase
    cursor: duckdb.DuckDBPyConnection
    bulk: BulkOperations
    base_url: str
    version: str
    access: Access
    writes: Idempotency
    searches: list[dict[str, Any]] = field(default_factory=list)


def by_id(info: GraphQLResolveInfo, type_: GraphQLObjectType, number: int) -> Finished | None:
    """The selected fields of the row with this id."""
    return by_ids(info, type_, [number]).get(number)


def by_ids(
    info: GraphQLResolveInfo, type_: GraphQLObjectType, ids: Iterable[int]
) -> dict[int, Finished]:
    """The selected fields of the rows with these ids."""
    compiler = compiler_of(info)
    statement = compiler.rows(type_, info.field_nodes, ids)
    return {number: Finished(json.loads(text)) for number, text in run(info, statement, compiler)}


def compiler_of(info: GraphQLResolveInfo) -> Compiler:
    """A compiler of what the request may see."""
    database = info.context.database
    selections = Selections(info.fragments, info.variable_values)
    visible = info.context.access.visible
    return Compiler(selections, database.zone, database.currency, visible)


def run(info: GraphQLResolveInfo, statement: str, compiler: Compiler) -> list[tuple[Any, ...]]:
    """The statement's rows; what its search terms were warned of goes into the answer."""
    request: Request = info.context
    request.searches += ({"path": info.path.as_list(), **each} for each in compiler.warned)
    return request.cursor.execute(statement).fetchall()


def parsed(gid: str) -> tuple[str, int]:
    """Type and number of a global id; raises GraphQLError for what is none."""
    match = _GID.fullmatch(gid)
    if match is None:
        raise GraphQLError(f"Invalid global id '{gid}'")
    return match[1], int(match[2])
