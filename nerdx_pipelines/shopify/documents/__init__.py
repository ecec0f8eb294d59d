"""The GraphQL the project sends, by resource; each file validates against Shopify's schema."""

from functools import cache
from importlib.resources import files

from graphql import DocumentNode, OperationDefinitionNode, parse, print_ast
from graphql.language import FragmentDefinitionNode, FragmentSpreadNode, Node, Visitor, visit


@cache
def document(name: str) -> DocumentNode:
    """The parsed file `<name>.graphql`."""
    return parse(files(__name__).joinpath(f"{name}.graphql").read_text(encoding="utf-8"))


@cache
def operation(name: str, operation_name: str) -> str:
    """Text of one operation of `<name>.graphql`, with just the fragments it uses.

    Shopify charges and validates the whole text, and refuses unused fragments.
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
        for node in document("fragments").definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    texts, waiting = [print_ast(wanted)], _spreads(wanted)
    while waiting:
        fragment = fragments.pop(waiting.pop(0), None)
        if fragment:  # not printed yet
            texts.append(print_ast(fragment))
            waiting += _spreads(fragment)
    return "\n\n".join(texts)


def _spreads(node: Node) -> list[str]:
    names: list[str] = []

    class Names(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: object) -> None:
            names.append(spread.name.value)

    visit(node, Names())
    return names
