"""A bulk query as SQL: one SELECT of lines per connection.

Every node of a connection becomes one line that names its parent in `__parentId`. Which queries
are taken is in `rules.py`; running the statement and writing the file, in `operations.py`.
"""

from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import ClassVar

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from nerdx_pipelines.demo.store.access import ALL, Access
from nerdx_pipelines.demo.store.bulk.rules import QUERY_ROOT, nodes_of, refusals
from nerdx_pipelines.demo.store.graphql.denials import Denials
from nerdx_pipelines.demo.store.graphql.schema import SCHEMA, connected_type, is_served
from nerdx_pipelines.demo.store.graphql.selection import Selected, Selections
from nerdx_pipelines.demo.store.reads.compiler import Compiler
from nerdx_pipelines.demo.store.reads.objects import Row
from nerdx_pipelines.demo.store.sqltext import gid, json_object, select


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
    if messages := list(refusals(selections, roots)):
        raise RefusedBulkQueryError(messages)
    compiler = _LevelCompiler(selections, zone, currency, access.visible)
    counts = [compiler.root_level(root) for root in roots if is_served(QUERY_ROOT, root.name)]
    if not counts:  # only what the store has no data for
        return BulkQuery("SELECT NULL AS line WHERE false", "SELECT 0")
    width = max(len(level.order) for level in compiler.levels)
    keys = [f"key{index}" for index in range(width)]
    selects = [level.select(width if group_objects else 0) for level in compiler.levels]
    order = ", ".join(f"{key} NULLS FIRST" for key in keys) if group_objects else None
    lines = select("line", f"({' UNION ALL '.join(selects)})", order=order)
    roots_found = select(" + ".join(f"({count})" for count in counts), "(VALUES (1))")
    return BulkQuery(lines, roots_found, bool(Denials.of(access, selections, QUERY_ROOT, roots)))


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
        pairs = self.pairs(type_, nodes_of(self.selections, connection), line_row)
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
    return selections, selections.top(QUERY_ROOT, operations[0].selection_set.selections)
