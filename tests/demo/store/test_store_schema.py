"""The schema against Shopify's own introspection of version 2026-10."""

from typing import Any

import pytest
from graphql import introspection_from_schema

from nerdx_pipelines.demo.store.schema import SCHEMA
from tests.shopify.official import introspection


@pytest.fixture(scope="module")
def official() -> dict[str, dict[str, Any]]:
    types = introspection("2026-10")["__schema"]["types"]
    return {type_["name"]: type_ for type_ in types}


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


def _names(type_: dict[str, Any], key: str) -> set[str]:
    return {item["name"] for item in type_.get(key) or []}


def _reference(type_: dict[str, Any]) -> str:
    match type_["kind"]:
        case "NON_NULL":
            return _reference(type_["ofType"]) + "!"
        case "LIST":
            return f"[{_reference(type_['ofType'])}]"
    return str(type_["name"])
