"""The GraphQL the project sends, by resource; each file validates against Shopify's schema."""

from functools import cache
from importlib.resources import files

from graphql import DocumentNode, OperationDefinitionNode, parse, print_ast
from graphql.language import FragmentDefinitionNode, FragmentSpreadNode, Visitor, visit


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
    used = _Spreads()
    visit(wanted, used)
    return "\n\n".join([print_ast(wanted), *(print_ast(fragments[name]) for name in used.names)])


class _Spreads(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.names[node.name.value] = None
