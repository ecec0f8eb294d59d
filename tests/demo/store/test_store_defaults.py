"""A store that has Shopify's whole schema answers whatever the schema allows."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import requests
from graphql import (
    GraphQLSchema,
    build_client_schema,
    build_schema,
    execute_sync,
    introspection_from_schema,
    parse,
    validate,
)
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from benchmarks.strangers.store import serving
from nerdx_pipelines.demo.generate import generate
from nerdx_pipelines.demo.store.graphql.schema import SERVED
from tests.demo.store.demo_shop import Client
from tests.demo.store.random_queries import bulk_queries, mutations, queries
from tests.shopify.official import file_of, introspection

VERSION = "2026-10"
OTHER = build_schema("type Query { answer: Int }")


@pytest.fixture(scope="module")
def official() -> GraphQLSchema:
    return build_client_schema(introspection(VERSION), assume_valid=True)


@pytest.fixture(scope="module")
def client(official: GraphQLSchema, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    home = tmp_path_factory.mktemp("store")
    generate(home / "data", orders=40, days=10, end=date(2026, 11, 21))
    with serving(home, home / "data", schema=file_of(VERSION)) as store:
        session = requests.Session()
        client = Client(store.url, session=session)
        session.headers["X-Shopify-Access-Token"] = store.token
        yield client


@pytest.fixture(scope="module")
def ids(client: Client) -> list[str]:
    """Ids of what there is, and of what there is not."""
    found = client.data(
        "{ orders(first: 3) { nodes { id lineItems(first: 1) { nodes { id } } } } shop { id }"
        " products(first: 2) { nodes { id } } customers(first: 2) { nodes { id } } }"
    )
    ids = re.findall(r"gid://\w+/\w+/\d+", json.dumps(found))
    return [*ids, "gid://shopify/Order/1", "gid://shopify/Metafield/1"]


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
def test_any_query_is_answered_in_its_own_shape(
    data: st.DataObject, client: Client, official: GraphQLSchema, ids: list[str]
) -> None:
    assert SERVED.query_type
    served = sorted(SERVED.query_type.fields)
    query = data.draw(queries(official, served, ids))
    answer_in_shape(client, official, query)


@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
def test_a_mutation_that_the_store_does_not_do_says_so(
    data: st.DataObject, client: Client, official: GraphQLSchema, ids: list[str]
) -> None:
    assert official.mutation_type and SERVED.mutation_type
    names = sorted(official.mutation_type.fields.keys() - SERVED.mutation_type.fields.keys())
    mutation = data.draw(mutations(official, names, ids))
    note(mutation)
    assert validate(official, parse(mutation)) == []
    error = client.error(mutation)
    assert error["message"].startswith("The demo store does not do ")
    assert error["extensions"] == {"code": "BAD_REQUEST"}


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
def test_any_mutation_that_it_does_is_answered_in_its_own_shape(
    data: st.DataObject, client: Client, official: GraphQLSchema, ids: list[str]
) -> None:
    assert SERVED.mutation_type
    mutation = data.draw(mutations(official, sorted(SERVED.mutation_type.fields), ids))
    answer_in_shape(client, official, mutation)


@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
def test_any_bulk_query_has_a_file_of_what_there_is(
    data: st.DataObject, client: Client, official: GraphQLSchema
) -> None:
    roots = ["orders", "products", "customers", "draftOrders"]
    query = data.draw(bulk_queries(official, roots))
    note(query)
    assert validate(official, parse(query)) == []
    operation, lines = client.bulk(query)
    assert operation["objectCount"] == str(len(lines))
    parents = {each["id"] for each in map(json.loads, lines) if "__parentId" not in each}
    assert operation["rootObjectCount"] == str(len(parents))
    assert {each.get("__parentId") for each in map(json.loads, lines)} <= {None, *parents}


def test_what_there_is_no_data_for_is_empty_and_the_rest_is_there(client: Client) -> None:
    found = client.data(
        """{ shop { currencyCode plan { shopifyPlus } billingAddress { city } }
             draftOrders(first: 5) { nodes { id } pageInfo { hasNextPage endCursor } }
             orders(first: 1) { nodes { name tags shippingAddress { city }
                metafields(first: 3) { nodes { key } }
                currentTotalAdditionalFeesSet { shopMoney { amount } }
                totalTipReceivedSet { shopMoney { amount currencyCode } } } } }"""
    )
    assert found["shop"]["currencyCode"] == "AUD"
    assert found["shop"]["plan"] == {"shopifyPlus": False}
    assert found["draftOrders"] == {
        "nodes": [],
        "pageInfo": {"hasNextPage": False, "endCursor": None},
    }
    (order,) = found["orders"]["nodes"]
    assert order["name"].startswith("#")
    assert order["metafields"] == {"nodes": []}
    assert order["totalTipReceivedSet"]["shopMoney"] == {"amount": "0.0", "currencyCode": "AUD"}


def test_pages_of_nothing_need_a_size_too(client: Client) -> None:
    assert client.error("{ draftOrders { nodes { id } } }")["message"] == (
        "you must provide one of first or last"
    )


def test_a_bulk_export_of_nothing_is_no_file(client: Client) -> None:
    operation, lines = client.bulk("{ draftOrders { edges { node { id name } } } }")
    assert (operation["objectCount"], operation["url"], lines) == ("0", None, [])


def test_a_bulk_export_has_defaults_too(client: Client) -> None:
    operation, lines = client.bulk(
        """{ orders { edges { node { id poNumber customerAcceptsMarketing
             metafields { edges { node { id } } }
             totalTipReceivedSet { shopMoney { amount currencyCode } } } } } }"""
    )
    assert operation["objectCount"] == str(len(lines)) != "0"
    line = json.loads(lines[0])
    assert line.keys() == {"id", "poNumber", "customerAcceptsMarketing", "totalTipReceivedSet"}
    assert line["customerAcceptsMarketing"] is False
    assert line["totalTipReceivedSet"]["shopMoney"] == {"amount": "0.0", "currencyCode": "AUD"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no JSON", "is no answer to GraphQL's introspection query"),
        (b'{"data": {}}', "is no answer to GraphQL's introspection query"),
        (
            json.dumps(introspection_from_schema(OTHER)).encode(),
            "it has no BulkOperation",
        ),
    ],
)
def test_a_schema_that_is_none_or_another_is_told_in_one_line(
    content: bytes, told: str, tmp_path: Path
) -> None:
    schema = tmp_path / "schema.json"
    schema.write_bytes(content)
    options = ["--schema", str(schema), "--orders", "20", "--days", "2", "--port", "0"]
    done = subprocess.run(
        [sys.executable, "-m", "nerdx_pipelines.cli", "demo-store", *options],
        env=os.environ | {"NERDX_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert told in done.stderr and "@shopify/dev-mcp" in done.stderr
    assert done.stderr.count("\n") == 1


def answer_in_shape(client: Client, official: GraphQLSchema, text: str) -> None:
    """Whatever is asked, the store is never at fault, and GraphQL itself, given the answer for
    its data, finds nothing to correct."""
    note(text)
    document = parse(text)
    assert validate(official, document) == []
    body = client.body(text)
    codes = [each.get("extensions", {}).get("code") for each in body.get("errors", [])]
    assert "INTERNAL_SERVER_ERROR" not in codes
    if body.get("data") is None:
        return
    again = execute_sync(
        official,
        document,
        root_value=body["data"],
        field_resolver=lambda source, info, **_: source[info.path.key],
        type_resolver=lambda value, *_: value["__typename"],
    )
    assert again.data == body["data"]
    assert again.errors is None or "errors" in body
