"""Every GraphQL text the project sends is one that Shopify takes, in every version it serves."""

from importlib.resources import files

import pytest
from graphql import (
    FragmentDefinitionNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_client_schema,
    get_named_type,
    parse,
    validate,
    visit,
)
from graphql.utilities import separate_operations

from nerdx_pipelines.demo.store.graphql.schema import SCHEMA
from nerdx_pipelines.shopify import documents
from nerdx_pipelines.shopify.documents import document, operation
from nerdx_pipelines.shopify.pulling.resource import CUSTOMERS, EVENTS, ORDERS, PRODUCTS
from tests.shopify.official import VERSIONS, introspection

RESOURCES = (PRODUCTS, CUSTOMERS, ORDERS, EVENTS)
SEARCH = """tag:'a "quoted" \\ one, é 😀'"""


def texts() -> dict[str, str]:
    """Every operation as it is sent: with all its parts and without, bulk queries with a search."""
    sent = {
        f"{name}.{definition.name.value}": operation(name, definition.name.value)
        for name in sorted(
            file.name.removesuffix(".graphql")
            for file in files(documents).iterdir()
            if file.name.endswith(".graphql")
        )
        for definition in document(name).definitions
        if isinstance(definition, OperationDefinitionNode) and definition.name
    }
    for name in list(sent):
        file, title = name.split(".")
        for resource in (each for each in RESOURCES if each.name == file):
            values = {"query": SEARCH} if title.endswith("Bulk") else {}
            sent[name] = resource.text(title, **values)
            sent[f"{name} in part"] = resource.without(*resource.parts).text(title, **values)
    return sent


TEXTS = texts()


def test_all_of_them_are_looked_at():
    assert {"orders.OrdersPage", "refunds.Refunds", "shop.Shop", "bulk.RunBulk"} <= set(TEXTS)


@pytest.mark.parametrize("name", TEXTS)
def test_the_demo_store_takes_it(name: str):
    assert validate(SCHEMA, parse(TEXTS[name])) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_shopify_takes_them_all(version: str):
    schema = build_client_schema(introspection(version), assume_valid=True)
    faults = {name: validate(schema, parse(text)) for name, text in TEXTS.items()}
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_no_field_is_on_its_way_out(version: str):
    schema = build_client_schema(introspection(version), assume_valid=True)
    assert {
        name: found for name, text in TEXTS.items() if (found := deprecated(schema, text))
    } == {}


@pytest.mark.parametrize("name", [name for name in TEXTS if "Bulk" in name and "bulk." not in name])
def test_bulk_queries_keep_the_rules_of_bulk_operations(name: str):
    text = TEXTS[name]
    (definition,) = (d for d in parse(text).definitions if isinstance(d, OperationDefinitionNode))
    assert definition.operation is OperationType.QUERY
    assert not definition.variable_definitions
    assert definition.selection_set.selections[0].name.value not in ("node", "nodes")
    connections = Connections(TypeInfo(SCHEMA))
    visit(flat(text), TypeInfoVisitor(connections.types, connections))
    assert 1 <= len(connections.depths) <= 5
    assert max(connections.depths) <= 2
    assert connections.inside_a_list == []
    arguments = definition.selection_set.selections[0].arguments
    assert [argument.value.value for argument in arguments] == [SEARCH]


def test_a_part_left_out_is_not_in_the_text():
    whole, part = TEXTS["orders.OrdersPage"], TEXTS["orders.OrdersPage in part"]
    assert ("customer {" in whole, "customer {" in part) == (True, False)
    assert ("unitCost" in TEXTS["products.ProductsBulk"]) is True
    for title in ("ProductsBulk", "ProductsPage", "ProductsVariants"):
        assert "inventoryItem" not in TEXTS[f"products.{title} in part"]
    assert all("@include" not in TEXTS[name] for name in TEXTS)
    with pytest.raises(ValueError, match=r"orders has no part .*costs"):
        ORDERS.without("costs")


def test_an_operation_brings_the_fragments_it_uses_and_no_other():
    for text in TEXTS.values():
        assert len(separate_operations(parse(text))) == 1
    assert "fragment" not in TEXTS["shop.Shop"]
    assert TEXTS["orders.OrdersPage"].count("fragment RefundFields on") == 1


def deprecated(schema: GraphQLSchema, text: str) -> list[str]:
    types, found = TypeInfo(schema), []

    class Fields(Visitor):
        def enter_field(self, *_: object) -> None:
            field = types.get_field_def()
            if field and field.deprecation_reason:
                found.append(f"{types.get_parent_type()}: {field.deprecation_reason}")

    visit(parse(text), TypeInfoVisitor(types, Fields()))
    return found


class Connections(Visitor):
    """How deep each connection lies among connections, and those below a plain list."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types, self.above, self.depths, self.inside_a_list = types, [], [], []

    def enter_field(self, node: object, *_: object) -> None:
        type_ = self.types.get_type()
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        name = get_named_type(type_).name
        kind = "connection" if name.endswith("Connection") else "field"
        if isinstance(inner, GraphQLList) and not name.endswith("Edge"):
            kind = "list"
        if kind == "connection":
            self.depths.append(1 + self.above.count("connection"))
            if "list" in self.above:
                self.inside_a_list.append(node.name.value)
        self.above.append(kind)

    def leave_field(self, *_: object) -> None:
        self.above.pop()


def flat(text: str):
    """The operation with its fragments in place, so that a visitor sees what lies in what."""
    parsed = parse(text)
    fragments = {
        d.name.value: d for d in parsed.definitions if isinstance(d, FragmentDefinitionNode)
    }

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: object, *_: object) -> object:
            fragment = fragments[node.name.value]
            return InlineFragmentNode(
                type_condition=fragment.type_condition,
                directives=(),
                selection_set=fragment.selection_set,
            )

    (definition,) = (d for d in parsed.definitions if isinstance(d, OperationDefinitionNode))
    return visit(definition, Spreads())
