"""Metafields over real HTTP: how they are set, read, compared, deleted and refused.

What Shopify refuses, and in which words, was read in recordings of a real shop's answers.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.demo.store.namespaces import RECOMMENDATIONS
from tests.demo.store.demo_shop import TOKEN, Client, running, write_store
from tests.demo.store.test_store_writes import UNHEARD, mutate

LAMP, CHAIR = "gid://shopify/Product/102", "gid://shopify/Product/104"
SET = """mutation($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) {
    metafields { id namespace key type value compareDigest ownerType }
    userErrors { code field message elementIndex } } }"""
DELETE = """mutation($m: [MetafieldIdentifierInput!]!) { metafieldsDelete(metafields: $m) {
    deletedMetafields { ownerId namespace key } userErrors { field message } } }"""
ENABLE = """mutation($namespace: String, $key: String, $id: ID, $owner: MetafieldOwnerType!) {
    standardMetafieldDefinitionEnable(ownerType: $owner, namespace: $namespace, key: $key, id: $id)
    { createdDefinition { id name namespace key ownerType type { name } }
      userErrors { code field message } } }"""
READ = """query($id: ID!, $namespace: String, $key: String!) { product(id: $id) { updatedAt
    metafield(namespace: $namespace, key: $key) { id value jsonValue type compareDigest
        sizeInBytes namespace } } }"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Client]:
    path = write_store(tmp_path / "store.duckdb", f"{UNHEARD}; DELETE FROM metafields")
    app = create_app(path, token=TOKEN, files_dir=tmp_path / "bulk", bucket=1e9, restore=1e9)
    with running(app) as url:
        yield Client(url)


def one(owner: str = LAMP, **given: Any) -> dict[str, Any]:
    material = {"namespace": "custom", "key": "material", "type": "single_line_text_field"}
    return {"ownerId": owner, "value": "oak"} | material | given


def read(shop: Client, owner: str = LAMP, namespace: str | None = "custom", key: str = "material"):
    return shop.data(READ, id=owner, namespace=namespace, key=key)["product"]["metafield"]


def errors(shop: Client, *given: dict[str, Any]) -> list[tuple[str | None, str, str]]:
    found = mutate(shop, SET, m=list(given))["userErrors"]
    return [(each["code"], ".".join(each["field"]), each["message"]) for each in found]


def test_what_was_set_is_read_and_moves_its_owner(shop: Client) -> None:
    before = shop.data(READ, id=LAMP, namespace="custom", key="material")["product"]
    assert before["metafield"] is None
    (made,) = mutate(shop, SET, m=[one(value="oak {x} 'é'")])["metafields"]
    after = shop.data(READ, id=LAMP, namespace="custom", key="material")["product"]
    assert after["updatedAt"] > before["updatedAt"]
    digest = hashlib.sha256("oak {x} 'é'".encode()).hexdigest()
    assert after["metafield"] == {
        "id": made["id"],
        "namespace": "custom",
        "type": "single_line_text_field",
        "value": "oak {x} 'é'",
        "jsonValue": "oak {x} 'é'",
        "compareDigest": digest,
        "sizeInBytes": 12,
    }
    assert made["compareDigest"] == digest
    assert shop.data("query($id: ID!) { node(id: $id) { ... on Metafield { key } } }",
                     id=made["id"]) == {"node": {"key": "material"}}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("number_integer", "12", 12),
        ("boolean", "true", True),
        ("json", '{"a": [1, null]}', {"a": [1, None]}),
        ("list.product_reference", json.dumps([CHAIR]), [CHAIR]),
        ("number_decimal", "1.50", "1.50"),
        ("something_new", "[1", "[1"),
    ],
)
def test_the_json_value_is_of_its_type(shop: Client, kind: str, value: str, shown: Any) -> None:
    assert errors(shop, one(type=kind, value=value)) == []
    assert read(shop)["jsonValue"] == shown


def test_pages_of_metafields(shop: Client) -> None:
    mutate(shop, SET, m=[one(key=f"key_{n}") for n in range(5)] + [one(namespace="other")])
    mutate(shop, SET, m=[one(CHAIR)])
    ask = """query($id: ID!, $namespace: String, $keys: [String!], $first: Int, $after: String) {
        product(id: $id) { metafields(namespace: $namespace, keys: $keys, first: $first,
            after: $after) { nodes { namespace key } pageInfo { hasNextPage endCursor } } } }"""

    def page(**given: Any) -> dict[str, Any]:
        return shop.data(ask, id=LAMP, **{"first": 10} | given)["product"]["metafields"]

    assert len(page()["nodes"]) == 6
    assert [each["key"] for each in page(namespace="custom")["nodes"]] == [
        f"key_{n}" for n in range(5)
    ]
    assert page(keys=["other.material", "custom.key_3", "key_1"])["nodes"] == [
        {"namespace": "custom", "key": "key_3"},
        {"namespace": "other", "key": "material"},
    ]
    first = page(first=4)
    rest = page(first=4, after=first["pageInfo"]["endCursor"])
    assert first["pageInfo"]["hasNextPage"] and not rest["pageInfo"]["hasNextPage"]
    assert first["nodes"] + rest["nodes"] == page()["nodes"]


def test_many_products_are_asked_for_two_of_theirs_at_once(shop: Client) -> None:
    mutate(shop, SET, m=[one(), one(CHAIR, key="colour", value="red")])
    ask = """{ products(first: 250) { nodes { id
        material: metafield(namespace: "custom", key: "material") { value }
        colour: metafield(namespace: "custom", key: "colour") { value } } } }"""
    found = {each["id"]: each for each in shop.data(ask)["products"]["nodes"]}
    assert (found[LAMP]["material"], found[LAMP]["colour"]) == ({"value": "oak"}, None)
    assert (found[CHAIR]["material"], found[CHAIR]["colour"]) == (None, {"value": "red"})
    cost = shop.body(ask)["extensions"]["cost"]
    assert cost["requestedQueryCost"] == 8 * (1 + 1 + 2)  # a metafield costs as any object


def test_they_are_exported_in_bulk(shop: Client) -> None:
    mutate(shop, SET, m=[one(), one(CHAIR, value="ash")])
    ask = """{ products { edges { node { id
        material: metafield(namespace: "custom", key: "material") { value }
        metafields { edges { node { id value } } } } } } }"""
    _, lines = shop.bulk(ask)
    rows = [json.loads(line) for line in lines]
    materials = {row["id"]: row["material"] for row in rows if "material" in row}
    assert {id: each["value"] for id, each in materials.items() if each} == {
        LAMP: "oak",
        CHAIR: "ash",
    }
    children = {row["__parentId"]: row["value"] for row in rows if "__parentId" in row}
    assert children == {LAMP: "oak", CHAIR: "ash"}


def test_one_is_replaced_only_while_it_is_as_it_was_read(shop: Client) -> None:
    (first,) = mutate(shop, SET, m=[one(compareDigest=None)])["metafields"]
    assert errors(shop, one(compareDigest=None))[0][0] == "STALE_OBJECT"
    changed = one(value="ash", compareDigest=first["compareDigest"])
    (second,) = mutate(shop, SET, m=[changed])["metafields"]
    assert (second["id"], second["value"]) == (first["id"], "ash")
    assert errors(shop, changed)[0][:2] == ("STALE_OBJECT", "metafields.0")
    assert errors(shop, one(value="elm")) == []  # without a digest: whatever it was


def test_all_or_none_and_every_refusal_is_told(shop: Client) -> None:
    found = errors(shop, one(key="first"), one("gid://shopify/Product/9"), one(value=""))
    assert found == [
        ("INVALID", "metafields.1.ownerId", "Owner does not exist"),
        ("BLANK", "metafields.2.value", "Value can't be blank"),
    ]
    assert read(shop, key="first") is None
    assert mutate(shop, SET, m=[one(value="")])["metafields"] == []
    (error,) = errors(shop, *[one(key=f"key_{n}") for n in range(26)])
    assert error[0] == "LESS_THAN_OR_EQUAL_TO"
    assert errors(shop, *[one(key=f"key_{n}") for n in range(25)]) == []


@pytest.mark.parametrize(
    ("given", "code", "field", "message"),
    [
        ({"namespace": "ab"}, "TOO_SHORT", ".namespace", "minimum is 3 characters"),
        ({"key": "k"}, "TOO_SHORT", ".key", "Key is too short (minimum is 2 characters)"),
        ({"key": "k" * 65}, "TOO_LONG", ".key", "maximum is 64"),
        ({"namespace": "protected"}, None, ".namespace", "is a reserved namespace"),
        ({"namespace": "shopify--other"}, "APP_NOT_AUTHORIZED", "", "is not allowed"),
        ({"type": None}, "BLANK", ".type", "Type can't be blank"),
        ({"type": "number_integer"}, "INVALID_VALUE", ".value", "Value must be an integer."),
        ({"type": "boolean"}, "INVALID_VALUE", ".value", "Value must be true or false."),
        ({"type": "json"}, "INVALID_VALUE", ".value", "Value is invalid JSON"),
        ({"type": "list.product_reference"}, "INVALID_VALUE", ".value", "invalid JSON"),
        (
            {"type": "list.product_reference", "value": f'["{LAMP}", "gid://shopify/Order/1"]'},
            "INVALID_VALUE",
            ".value",
            "select a product",
        ),
        (
            {"type": "list.product_reference", "value": '["gid://shopify/Product/9"]'},
            "INVALID_VALUE",
            ".value",
            "non-existing resource gid://shopify/Product/9",
        ),
        (
            {"type": "list.product_reference", "value": json.dumps([LAMP] * 129)},
            "INVALID_VALUE",
            ".value",
            "maximum of 128",
        ),
    ],
)
def test_what_shopify_refuses(
    shop: Client, given: dict[str, Any], code: str, field: str, message: str
) -> None:
    ((its_code, its_field, its_message),) = errors(shop, one(**given))
    assert (its_code, its_field) == (code, f"metafields.0{field}")
    assert message in its_message


def test_what_is_deleted_is_gone_and_what_there_was_not_is_null(shop: Client) -> None:
    mutate(shop, SET, m=[one()])
    identity = {"ownerId": LAMP, "namespace": "custom", "key": "material"}
    payload = mutate(shop, DELETE, m=[identity, identity | {"key": "other"}])
    assert payload == {"deletedMetafields": [identity, None], "userErrors": []}
    assert read(shop) is None
    assert mutate(shop, DELETE, m=[identity])["deletedMetafields"] == [None]


def test_an_apps_own_namespace_has_three_names(shop: Client) -> None:
    mutate(shop, SET, m=[one(namespace=None, key="mine"), one(namespace="$app:sub", key="mine")])
    for namespace in (None, "$app", "app--1"):
        assert read(shop, namespace=namespace, key="mine")["namespace"] == "app--1"
    assert read(shop, namespace="$app:sub", key="mine")["namespace"] == "app--1--sub"


def test_a_standard_definition_is_enabled_once_and_holds_its_type(shop: Client) -> None:
    asked = {"owner": "PRODUCT", "namespace": RECOMMENDATIONS, "key": "related_products"}
    payload = mutate(shop, ENABLE, **asked)
    assert payload["userErrors"] == []
    made = payload["createdDefinition"]
    assert (made["name"], made["type"]) == ("Related products", {"name": "list.product_reference"})
    assert mutate(shop, ENABLE, **asked) == payload  # again: the same one
    template = "gid://shopify/StandardMetafieldDefinitionTemplate/14"
    assert mutate(shop, ENABLE, owner="PRODUCT", id=template) == payload
    ask = """query($n: String!, $k: String!) { metafieldDefinition(identifier:
        {ownerType: PRODUCT, namespace: $n, key: $k}) { id } }"""
    found = shop.data(ask, n=RECOMMENDATIONS, k="related_products")["metafieldDefinition"]
    assert found == {"id": made["id"]}
    assert shop.data(ask, n=RECOMMENDATIONS, k="other") == {"metafieldDefinition": None}
    wrong = one(namespace=RECOMMENDATIONS, key="related_products")
    assert errors(shop, wrong)[0][0] == "INVALID_TYPE"
    right = wrong | {"type": None, "value": json.dumps([CHAIR])}  # the definition has the type
    assert errors(shop, right) == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"owner": "PRODUCT"}, None),
        ({"owner": "PRODUCT", "id": "gid://shopify/StandardMetafieldDefinitionTemplate/9"}, ["id"]),
        ({"owner": "PRODUCT", "namespace": "custom", "key": "material"}, None),
        ({"owner": "ORDER", "namespace": RECOMMENDATIONS, "key": "related_products"}, None),
    ],
)
def test_no_other_definition_is_standard(
    shop: Client, asked: dict[str, str], field: list[str] | None
) -> None:
    payload = mutate(shop, ENABLE, **asked)
    assert payload["createdDefinition"] is None
    assert [(e["code"], e["field"]) for e in payload["userErrors"]] == [
        ("TEMPLATE_NOT_FOUND", field)
    ]


def test_a_deleted_product_takes_its_metafields_along(shop: Client) -> None:
    (made,) = mutate(shop, SET, m=[one()])["metafields"]
    mutate(shop, """mutation($id: ID!) { productDelete(input: {id: $id}) {
        deletedProductId userErrors { message } } }""", id=LAMP)  # fmt: skip
    assert shop.data("query($id: ID!) { node(id: $id) { id } }", id=made["id"]) == {"node": None}
