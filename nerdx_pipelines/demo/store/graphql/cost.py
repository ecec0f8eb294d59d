"""What a query costs, by the published rules and the observed figures of Shopify's Admin API.

An object with a global id costs 1, a mutation 10, a connection grows with the logarithm of its
page size; the bucket those points come from is in `demo/store/throttle.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLNamedType,
    GraphQLScalarType,
    OperationDefinitionNode,
    OperationType,
    is_abstract_type,
)

from nerdx_pipelines.demo.store.graphql.schema import (
    NODE,
    connected_type,
    is_connection,
    is_node,
    members,
    object_type,
)
from nerdx_pipelines.demo.store.graphql.selection import Selected, Selections

MAX_QUERY_COST = 1000
MUTATION_COST = 10


@dataclass(frozen=True)
class Cost:
    """What one field of the answer costs: itself, and what it holds.

    `path` are the response keys that lead from the parent object to the priced ones; `size` is
    the page size of a connection, the number of ids asked for, or None for a single object and
    for a plain list, whose length nobody knows beforehand.
    """

    path: tuple[str, ...]
    own: int
    children: tuple["Cost", ...]
    size: int | None = None
    connection: bool = False

    def requested(self) -> int:
        """Points charged before the query runs."""
        inner = self.own + sum(child.requested() for child in self.children)
        return self._scaled(inner, 1 if self.size is None else self.size)

    def actual(self, parent: dict[str, Any]) -> int:
        """Points for what the answer really holds; null objects are free."""
        found = list(_descend(parent, self.path))
        each = [self.own + sum(child.actual(item) for child in self.children) for item in found]
        if self.connection:
            return self._scaled(max(each, default=self.own), len(found))
        return max(each, default=0) if self.size is None else sum(each)

    def _scaled(self, inner: int, size: int) -> int:
        if not self.connection:
            return inner * size
        # ceil(log2(size + 1)), at least one: fits every public figure (variants(first: 250) = 8 x).
        return max(1, size.bit_length()) * (1 + inner)


def costs(selections: Selections, operation: OperationDefinitionNode) -> tuple[Cost, ...]:
    """The priced fields of an operation."""
    nodes = operation.selection_set.selections
    if operation.operation is OperationType.MUTATION:
        fields = selections.top(object_type("Mutation"), nodes)
        return tuple(Cost((each.key,), MUTATION_COST, ()) for each in fields)
    fields = selections.top(object_type("QueryRoot"), nodes)
    return tuple(cost for each in fields for cost in _priced(selections, each))


def _priced(selections: Selections, selected: Selected) -> Iterator[Cost]:
    type_ = selected.type
    if isinstance(type_, GraphQLScalarType) or not selected.nodes[0].selection_set:
        return
    if is_connection(type_):
        size = selected.arguments.get("first") or selected.arguments.get("last") or 1
        node = connected_type(type_)
        for path, nodes in _node_paths(selections, selected):
            children = _children(selections, node, nodes)
            yield Cost((selected.key, *path), int(is_node(node)), children, size, connection=True)
        return
    ids = selected.arguments.get("ids")
    size = len(ids) if ids is not None else None
    own = int(is_node(type_) or type_ is NODE)
    children = _children(selections, type_, selected.nodes)
    if own or children:
        yield Cost((selected.key,), own, children, size)


def _children(selections: Selections, type_: GraphQLNamedType, nodes: Any) -> tuple[Cost, ...]:
    nodes = tuple(nodes)
    if is_abstract_type(type_):  # as dear as the dearest object that it may be
        options = [_children(selections, each, nodes) for each in members(type_)]
        return max(options, key=lambda each: sum(cost.requested() for cost in each), default=())
    return tuple(cost for each in selections.of(type_, nodes) for cost in _priced(selections, each))


def _node_paths(
    selections: Selections, connection: Selected
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for part in selections.of(connection.type, connection.nodes):
        if part.name == "nodes":
            yield (part.key,), part.nodes
        elif part.name == "edges":
            for inner in selections.of(part.type, part.nodes):
                if inner.name == "node":
                    yield (part.key, inner.key), inner.nodes


def _descend(value: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _descend(item, path)
    elif isinstance(value, dict):
        if path:
            yield from _descend(value.get(path[0]), path[1:])
        else:
            yield value
