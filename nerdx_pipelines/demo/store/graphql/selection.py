"""What a request selects: fields with aliases merged, fragments spread, directives obeyed.

The pages, the bulk exports and the cost of a query all read a request through this; nothing
here knows the data.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLNamedType,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    TypeNameMetaFieldDef,
)
from graphql.execution import get_argument_values, get_directive_values

from nerdx_pipelines.demo.store.graphql.schema import SCHEMA, members, named_type


@dataclass(frozen=True)
class Selected:
    """One field of the answer: its response key, definition, arguments and AST nodes."""

    key: str
    name: str
    field: GraphQLField
    arguments: dict[str, Any]
    nodes: tuple[FieldNode, ...]

    @property
    def type(self) -> GraphQLNamedType:
        """The field's type without its list and non-null wrappers."""
        return named_type(self.field)


@dataclass(frozen=True)
class Selections:
    """The fragments and coerced variables of one request."""

    fragments: dict[str, FragmentDefinitionNode]
    variables: dict[str, Any]

    def of(self, parent: GraphQLNamedType, nodes: Iterable[FieldNode]) -> list[Selected]:
        """The sub-selection of `nodes`, as it applies to objects of type `parent`."""
        return self.top(
            parent, (s for n in nodes if n.selection_set for s in n.selection_set.selections)
        )

    def top(self, parent: GraphQLNamedType, selections: Iterable[SelectionNode]) -> list[Selected]:
        """The fields among `selections` for `parent`, in order of first appearance."""
        by_key: dict[str, list[FieldNode]] = {}
        for node in self._fields(parent, selections):
            key = node.alias.value if node.alias else node.name.value
            by_key.setdefault(key, []).append(node)
        return [self._selected(parent, key, tuple(nodes)) for key, nodes in by_key.items()]

    def _selected(
        self, parent: GraphQLNamedType, key: str, nodes: tuple[FieldNode, ...]
    ) -> Selected:
        name = nodes[0].name.value
        fields: dict[str, GraphQLField] = getattr(parent, "fields", {})  # a union has none
        field = fields.get(name, TypeNameMetaFieldDef)
        return Selected(
            key, name, field, get_argument_values(field, nodes[0], self.variables), nodes
        )

    def _fields(
        self, parent: GraphQLNamedType, selections: Iterable[SelectionNode]
    ) -> Iterator[FieldNode]:
        for node in selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else parent.name
                if _applies(condition, parent):
                    yield from self._fields(parent, node.selection_set.selections)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                if _applies(fragment.type_condition.name.value, parent):
                    yield from self._fields(parent, fragment.selection_set.selections)

    def _included(self, node: SelectionNode) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and not (include and not include["if"])


def _applies(condition: str, parent: GraphQLNamedType) -> bool:
    if condition == parent.name:
        return True
    return parent in members(SCHEMA.type_map[condition])
