"""A bulk query as SQL: which ones Shopify accepts, and one SELECT of lines per connection.

Every node of a connection becomes one line that names its parent in `__parentId`; running the
statement and writing the file is in `bulk.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import ClassVar

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLNamedType,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from nerdx_pipelines.demo.store.access import ALL, Access
from nerdx_pipelines.demo.store.graphql.denials import Denials
from nerdx_pipelines.demo.store.graphql.schema import (
    SCHEMA,
    connected_type,
    is_connection,
    is_list,
    is_served,
    object_type,
)
from nerdx_pipelines.demo.store.graphql.selection import Selected, Selections
from nerdx_pipelines.demo.store.reads.compiler import Compiler
from nerdx_pipelines.demo.store.reads.objects import Row
from nerdx_pipelines.demo.store.sqltext import gid, json_object, select

MAX_CONNECTIONS = 5
MAX_DEPTH = 2
_ROOT = object_type("QueryRoot")


@dataclass(frozen=True)
class BulkQuery:
    """An accepted bulk query: SQL giving the column `line`, and SQL counting its root objects.

    `denied` says that it asks for what its token may not see.
    """

    lines: str
    root_count: str
    denied: bool = False


class RefusedBulkQueryError(Exception):
    """Shopify would not start this query; `messages` go into userErrors with code INVALID."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


def compile_bulk(
    text: str,
    zone: tzinfo,
    currency: str,
    *,
    group_objects: bool,
    access: Access = ALL,
) -> BulkQuery:
    """Check and compile the text of a bulk query; raises RefusedBulkQueryError.

    With `group_objects` every line directly follows its parent, which costs a sort. `access` says
    which rows and fields may be seen.
    """
    selections, roots = _read(text)
    if refusals := list(_refusals(selections, roots)):
        raise RefusedBulkQueryError(refusals)
    compiler = _LevelCompiler(selections, zone, currency, access.visible)
    counts = [compiler.root_level(root) for root in roots if is_served(_ROOT, root.name)]
    if not counts:  # only what the store has no data for
        return BulkQuery("SELECT NULL AS line WHERE false", "SELECT 0")
    width = max(len(level.order) for level in compiler.levels)
    keys = [f"key{index}" for index in range(width)]
    selects = [level.select(width if group_objects else 0) for level in compiler.levels]
    order = ", ".join(f"{key} NULLS FIRST" for key in keys) if group_objects else None
    lines = select("line", f"({' UNION ALL '.join(selects)})", order=order)
    roots_found = select(" + ".join(f"({count})" for count in counts), "(VALUES (1))")
    return BulkQuery(lines, roots_found, bool(Denials.of(access, selections, _ROOT, roots)))


@dataclass(frozen=True)
class _Level:
    """The lines of one connection; `order` sorts each line behind its parent's."""

    line: str
    source: str
    order: tuple[str, ...]

    def select(self, width: int) -> str:
        padded = [*self.order, *["NULL"] * width][:width]
        keys = "".join(f", {sql} AS key{index}" for index, sql in enumerate(padded))
        return select(f"{self.line} AS line{keys}", self.source)


@dataclass
class _LevelCompiler(Compiler):
    """Cuts the selection at its connections: each becomes a level instead of a JSON list."""

    paged: ClassVar[bool] = False
    levels: list[_Level] = field(default_factory=list)

    def root_level(self, root: Selected) -> str:
        """Compile a root connection; SQL counting its rows."""
        type_ = connected_type(root.type)
        row = self.row(type_)
        where = self.matching(root, type_, row)
        relation = f"{self.relation(type_)} {row.alias}"
        source = f"({select('*', relation, where=where)}) {row.alias}"
        self._level(root, replace(row, path=(source,)), parent=None)
        return select("count(*)", relation, where=where)

    def connection(
        self, selected: Selected, where: str | None = None, parent: Row | None = None
    ) -> str | None:
        if parent is None or where is None:
            raise TypeError("a root connection is a root level")
        type_ = connected_type(selected.type)
        row = self.row(type_, parent)
        conditions = filter(None, [row.sql(where), *self.matching(selected, type_, row)])
        join = f"JOIN {self.relation(type_)} {row.alias} ON {' AND '.join(conditions)}"
        self._level(selected, replace(row, path=(*parent.path, join), ids=parent.ids), parent)
        return None

    def _level(self, connection: Selected, row: Row, parent: Row | None) -> None:
        type_ = connected_type(connection.type)
        index = len(self.levels)
        order = (*row.ids, str(index), f"{row.alias}.id")
        line = gid(type_.name, f"{row.alias}.id")
        line_row = replace(row, joins=[], ids=order, line=line)
        self.levels.append(_Level("", "", order))  # its place before its children's
        pairs = self.pairs(type_, _nodes(self.selections, connection), line_row)
        if parent is not None:
            pairs.append(("__parentId", parent.line))
        source = " ".join([*row.path, *line_row.joins])
        self.levels[index] = _Level(json_object(pairs), source, order)


def _read(text: str) -> tuple[Selections, list[Selected]]:
    if not text.strip():
        raise RefusedBulkQueryError(["Invalid bulk query: syntax error, unexpected end of file"])
    try:
        document = parse(text)
    except GraphQLError as error:
        raise RefusedBulkQueryError([f"Invalid bulk query: {error.message}"]) from None
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        raise RefusedBulkQueryError(
            ["Invalid operation type. Only `query` operations are supported."]
        )
    if errors := validate(SCHEMA, document):
        raise RefusedBulkQueryError([f"Invalid bulk query: {each.message}" for each in errors])
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    selections = Selections(fragments, {})
    return selections, selections.top(_ROOT, operations[0].selection_set.selections)


def _nodes(selections: Selections, connection: Selected) -> list[FieldNode]:
    return [
        node
        for edges in selections.of(connection.type, connection.nodes)
        if edges.name == "edges"
        for part in selections.of(edges.type, edges.nodes)
        if part.name == "node"
        for node in part.nodes
    ]


def _refusals(selections: Selections, roots: list[Selected]) -> Iterator[str]:
    found = list(_connections(selections, _ROOT, roots, 0, "", False))
    plain = [each.name for each in found if each.uses_nodes]
    if plain:
        yield (
            "All connection fields in a bulk query must select their contents using 'edges' > "
            "'node', e.g: 'products { edges { node {'. Selecting via 'nodes' is not supported. "
            f"Invalid connection fields: '{', '.join(plain)}'."
        )
    if any(root.name in ("node", "nodes") for root in roots):
        yield "Bulk queries cannot contain a top level `node` field."
    if any(each.depth > MAX_DEPTH for each in found):
        yield (
            "Bulk queries cannot contain connections with a nesting depth greater than "
            f"{MAX_DEPTH}."
        )
    if len(found) > MAX_CONNECTIONS:
        yield f"Bulk queries cannot contain more than {MAX_CONNECTIONS} connections."
    orphans = dict.fromkeys(each.parent_without_id for each in found if each.parent_without_id)
    if orphans:
        yield (
            "The parent 'node' field for a nested connection must select the 'id' field without "
            "an alias and must be of 'ID' return type. Connection fields without 'id': "
            f"{', '.join(orphans)}."
        )
    if any(each.in_list for each in found):
        yield (
            "Queries that contain a connection field within a list field are not currently "
            "supported."
        )
    if not all(is_connection(root.type) for root in roots):
        yield "Bulk queries must contain at least one connection."


@dataclass(frozen=True)
class _Connection:
    name: str
    depth: int
    uses_nodes: bool
    parent_without_id: str
    in_list: bool


def _connections(
    selections: Selections,
    type_: GraphQLNamedType,
    fields: list[Selected],
    depth: int,
    without_id: str,
    in_list: bool,
) -> Iterator[_Connection]:
    """Every connection below `fields`, depth first; nesting counts from 0 as Shopify counts it."""
    for selected in fields:
        if not selected.nodes[0].selection_set:
            continue
        if not is_connection(selected.type):
            inside = selections.of(selected.type, selected.nodes)
            yield from _connections(
                selections,
                selected.type,
                inside,
                depth,
                without_id,
                in_list or is_list(selected.field),
            )
            continue
        parts = selections.of(selected.type, selected.nodes)
        uses_nodes = any(part.name == "nodes" for part in parts)
        yield _Connection(selected.name, depth, uses_nodes, without_id, in_list)
        node_type = connected_type(selected.type)
        inside = selections.of(node_type, _nodes(selections, selected))
        has_id = any(part.name == "id" and part.key == "id" for part in inside)
        yield from _connections(
            selections, node_type, inside, depth + 1, "" if has_id else selected.name, in_list
        )
