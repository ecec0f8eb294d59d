"""The GraphQL the project sends, by resource; each file validates against Shopify's schema.

Texts are put together here; sending them, and what the variables mean, is the callers' business.
"""

import json
from functools import cache, lru_cache
from importlib.resources import files

from graphql import (
    REMOVE,
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    OperationDefinitionNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    VisitorAction,
    parse,
    parse_value,
    print_ast,
)
from graphql.language import FragmentDefinitionNode, FragmentSpreadNode, Node, Visitor, visit


@cache
def document(name: str) -> DocumentNode:
    """The parsed file `<name>.graphql`."""
    return parse(files(__name__).joinpath(f"{name}.graphql").read_text(encoding="utf-8"))


@lru_cache(maxsize=256)
def operation(name: str, operation_name: str, **values: str | bool) -> str:
    """Text of one operation of `<name>.graphql`, with just the fragments it uses.

    Shopify charges and validates the whole text, and refuses unused fragments. The variables
    named in `values` are replaced by them, and what `@include` then leaves out is not in the
    text: bulk operations take no variables, and a scope that is missing denies fields.
    """
    (wanted,) = (
        node
        for node in document(name).definitions
        if isinstance(node, OperationDefinitionNode)
        and node.name is not None
        and node.name.value == operation_name
    )
    fragments = {
        node.name.value: node
        for node in (*document("fragments").definitions, *document(name).definitions)
        if isinstance(node, FragmentDefinitionNode)
    }
    fixed: Node = visit(wanted, _Values(values))
    texts, waiting = [print_ast(fixed)], _spreads(fixed)
    while waiting:
        fragment = fragments.pop(waiting.pop(0), None)
        if fragment:  # not printed yet
            fixed = visit(fragment, _Values(values))
            texts.append(print_ast(fixed))
            waiting += _spreads(fixed)
    return "\n\n".join(texts)


class _Values(Visitor):
    """Puts values in the place of variables, and leaves out what they exclude."""

    def __init__(self, values: dict[str, str | bool]) -> None:
        super().__init__()
        self._values = values

    def enter_variable_definition(
        self, node: VariableDefinitionNode, *_: object
    ) -> VisitorAction | None:
        return REMOVE if node.variable.name.value in self._values else None

    def leave_variable(self, node: VariableNode, *_: object) -> ValueNode | None:
        if node.name.value not in self._values:
            return None
        return parse_value(json.dumps(self._values[node.name.value]))

    def leave_field(self, node: FieldNode, *_: object) -> FieldNode | VisitorAction | None:
        for directive in node.directives:
            condition = directive.arguments[0].value
            if directive.name.value == "include" and isinstance(condition, BooleanValueNode):
                if not condition.value:
                    return REMOVE
                node.directives = tuple(d for d in node.directives if d is not directive)
                return node
        return None


def _spreads(node: Node) -> list[str]:
    names: list[str] = []

    class Names(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: object) -> None:
            names.append(spread.name.value)

    visit(node, Names())
    return names
