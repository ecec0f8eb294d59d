"""The schema against Shopify's own introspection of version 2026-10.

Three words of the mutations are those of 2026-01, which the store serves too.
"""

from typing import Any

import pytest
from graphql import introspection_from_schema

from nerdx_pipelines.demo.store.graphql.schema import SCHEMA
from tests.shopify.official import introspection

OLDER = {"compareQuantity", "ignoreCompareQuantity", "ITEM_NOT_STOCKED_AT_LOCATION"}


def types_of(version: str) -> dict[str, dict[str, Any]]:
    types = introspection(version)["__schema"]["types"]
    return {type_["name"]: type_ for type_ in types}


@pytest.fixture(scope="module")
def official() -> dict[str, dict[str, Any]]:
    types = types_of("2026-10")
    for name, older in types_of("2026-01").items():
        for key in ("enumValues", "inputFields"):
            known = _names(types.get(name, {}), key)
            added = [item for item in older.get(key) or [] if item["name"] in OLDER - known]
            if added:
                types[name][key] += added
    return types


def ours() -> list[dict[str, Any]]:
    types = introspection_from_schema(SCHEMA)["__schema"]["types"]
    return [type_ for type_ in types if not type_["name"].startswith("__")]


@pytest.mark.parametrize("type_", ours(), ids=lambda type_: type_["name"])
def test_every_type_is_shopifys(type_: dict[str, Any], official: dict[str, dict[str, Any]]) -> None:
    theirs = official[type_["name"]]
    assert type_["kind"] == theirs["kind"]
    assert _names(type_, "interfaces") <= _names(theirs, "interfaces")
    if type_["kind"] == "ENUM":
        assert _names(type_, "enumValues") <= _names(theirs, "enumValues")
    fields = {field["name"]: field for field in theirs.get("fields") or []}
    for field in type_.get("fields") or []:
        official_field = fields[field["name"]]
        assert _reference(field["type"]) == _reference(official_field["type"]), field["name"]
        assert field["isDeprecated"] == official_field["isDeprecated"], field["name"]
        arguments = {argument["name"]: argument for argument in official_field["args"]}
        for argument in field["args"]:
            their_argument = arguments[argument["name"]]
            assert _reference(argument["type"]) == _reference(their_argument["type"])
            assert argument["defaultValue"] == their_argument["defaultValue"]
    inputs = {field["name"]: field for field in theirs.get("inputFields") or []}
    for field in type_.get("inputFields") or []:
        their_field = inputs[field["name"]]
        assert _reference(field["type"]) == _reference(their_field["type"]), field["name"]
        assert field["defaultValue"] == their_field["defaultValue"], field["name"]
        assert field["isDeprecated"] == their_field["isDeprecated"], field["name"]


def test_every_compulsory_input_is_there(official: dict[str, dict[str, Any]]) -> None:
    for type_ in ours():
        known = _names(type_, "inputFields")
        for field in official[type_["name"]].get("inputFields") or []:
            compulsory = field["type"]["kind"] == "NON_NULL" and field["defaultValue"] is None
            assert not compulsory or field["name"] in known, (type_["name"], field["name"])


def test_the_idempotent_directive_is_shopifys() -> None:
    mine, theirs = (
        next(each for each in schema["directives"] if each["name"] == "idempotent")
        for schema in (
            introspection_from_schema(SCHEMA)["__schema"],
            introspection("2026-10")["__schema"],
        )
    )
    assert mine["locations"] == theirs["locations"]
    assert [(each["name"], _reference(each["type"])) for each in mine["args"]] == [
        (each["name"], _reference(each["type"])) for each in theirs["args"]
    ]


def _names(type_: dict[str, Any], key: str) -> set[str]:
    return {item["name"] for item in type_.get(key) or []}


def _reference(type_: dict[str, Any]) -> str:
    match type_["kind"]:
        case "NON_NULL":
            return _reference(type_["ofType"]) + "!"
        case "LIST":
            return f"[{_reference(type_['ofType'])}]"
    return str(type_["name"])
