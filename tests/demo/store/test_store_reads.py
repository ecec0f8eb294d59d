"""What the store knows, read through every field it serves and compared with its rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    is_interface_type,
)

from nerdx_pipelines.demo.store.graphql.schema import SERVED
from tests.demo.store.demo_shop import SHOP, Client, write_store

ROOT = SERVED.type_map["QueryRoot"].fields
PRIMITIVES = {"Int": int, "Float": float, "Boolean": bool}
ARGUMENTS = {
    "locationId": '"gid://shopify/Location/9001"',
    "inventoryItemId": '"gid://shopify/InventoryItem/710"',
    "names": '["available", "on_hand"]',
    "namespace": '"custom"',
    "key": '"material"',
}
# A connection, and what of it has a child everywhere that there may be one.
CONNECTIONS = [name for name, field in ROOT.items() if name.endswith("s") and "first" in field.args]


def selection(type_: GraphQLNamedType, depth: int) -> str:
    """Everything a type of the schema has, connections and other objects down to `depth`."""
    if is_interface_type(type_):
        return " ".join(
            f"... on {each.name} {selection(each, depth)}"
            for each in SERVED.get_possible_types(type_)
        ).join("{}")
    assert isinstance(type_, GraphQLObjectType)
    return " ".join(["{ __typename", *_fields(type_, depth), "}"])


def _fields(type_: GraphQLObjectType, depth: int) -> Iterator[str]:
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        given = {"first": "2"} if "first" in field.args else {}
        given |= {each: ARGUMENTS[each] for each in ARGUMENTS if each in field.args}
        arguments = ", ".join(f"{each}: {value}" for each, value in given.items()).join("()")
        call = name + (arguments if given else "")
        if isinstance(inner, GraphQLScalarType | GraphQLEnumType):
            yield call
        elif inner.name.endswith("Connection"):
            if depth:
                node = get_named_type(inner.fields["nodes"].type)
                yield f"{call} {{ nodes {selection(node, depth - 1)} pageInfo {{ endCursor }} }}"
        elif depth or "id" not in getattr(inner, "fields", {}):
            yield f"{call} {selection(inner, depth - ('id' in inner.fields))}"


def check(type_: Any, value: Any, path: str) -> None:
    """Fail unless `value` is of `type_` as far as it was selected."""
    if isinstance(type_, GraphQLNonNull):
        assert value is not None, path
        type_ = type_.of_type
    if value is None:
        return
    if isinstance(type_, GraphQLList):
        for item in value:
            check(type_.of_type, item, path + "[]")
    elif isinstance(type_, GraphQLEnumType):
        assert value in type_.values, (path, value)
    elif isinstance(type_, GraphQLScalarType):
        assert type(value) is PRIMITIVES.get(type_.name, str), (path, value)
    else:
        concrete = SERVED.type_map[value.get("__typename", type_.name)]
        for name, inner in value.items():
            if name != "__typename":
                check(concrete.fields[name].type, inner, f"{path}.{name}")


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_every_field_is_answered_in_its_type(client: Client, connection: str) -> None:
    field = ROOT[connection]
    node = get_named_type(get_named_type(field.type).fields["nodes"].type)
    ask = f"{{ {connection}(first: 40) {{ nodes {selection(node, 1)} }} }}"
    answer = client.data(ask)[connection]
    check(field.type, answer, connection)
    if connection == "bulkOperations":
        return
    assert answer["nodes"]
    if connection == "deletionEvents":  # which have no ids
        return
    roots = {get_named_type(each.type).name: name for name, each in ROOT.items()}
    one, ids = roots.get(node.name), [each["id"] for each in answer["nodes"]]
    if one and "id" in ROOT[one].args:
        same = client.data(f"query($id: ID!) {{ {one}(id: $id) {selection(node, 1)} }}", id=ids[-1])
        assert same[one] == answer["nodes"][-1]
    ask = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {answer['nodes'][0]['__typename']} "
    found = client.data(f"{ask}{selection(SERVED.type_map[answer['nodes'][0]['__typename']], 0)}"
                        " } }", ids=ids)["nodes"]  # fmt: skip
    assert [each["id"] for each in found] == ids


JOURNEY = """ready momentsCount { count precision } customerOrderIndex daysToConversion
    firstVisit { ...visit } lastVisit { ...visit }"""
VISIT = """fragment visit on CustomerVisit { id occurredAt landingPage referrerUrl referralCode
    source sourceType sourceDescription utmParameters { source medium campaign content term } }"""


def journey(client: Client, number: int) -> dict[str, Any]:
    answer = client.data(f"""{{ order(id: "gid://shopify/Order/{number}") {{
        createdAt customerJourneySummary {{ {JOURNEY}
        moments(first: 9) {{ nodes {{ occurredAt __typename ...visit }} }} }} }} }} {VISIT}""")
    return answer["order"]["customerJourneySummary"]


def test_a_journey_has_its_visits_in_order(client: Client) -> None:
    found = journey(client, 2010)
    first, *_, last = nodes = found["moments"].pop("nodes")
    assert [node.pop("__typename") for node in nodes] == ["CustomerVisit"] * 3
    assert found == {
        "ready": True,
        "momentsCount": {"count": 3, "precision": "EXACT"},
        "customerOrderIndex": 1,
        "daysToConversion": 2,
        "firstVisit": first,
        "lastVisit": last,
        "moments": {},
    }
    assert first == {
        "id": "gid://shopify/CustomerVisit/6100",
        "occurredAt": "2026-02-27T10:50:00Z",
        "landingPage": "/products/product-1?ref=friend",
        "referrerUrl": None,
        "referralCode": "friend",
        "source": "direct",
        "sourceType": None,
        "sourceDescription": "direct",
        "utmParameters": None,
    }
    assert (last["occurredAt"], last["sourceType"]) == ("2026-03-01T22:50:00Z", "POST")
    assert last["utmParameters"] == {
        "source": "nerdx",
        "medium": "video",
        "campaign": None,
        "content": "video-0002",
        "term": None,
    }


def test_nobody_is_told_a_journey_before_it_is_ready(
    client: Client, store: duckdb.DuckDBPyConnection
) -> None:
    hidden = "SELECT count(*) FROM order_visits WHERE order_id = 2034"
    assert store.execute(hidden).fetchall() == [(3,)]
    assert journey(client, 2034) == {
        "ready": False,
        "momentsCount": None,
        "customerOrderIndex": None,
        "daysToConversion": None,
        "firstVisit": None,
        "lastVisit": None,
        "moments": {"nodes": []},
    }
    without = journey(client, 2002)
    assert (without["ready"], without["momentsCount"]["count"]) == (True, 0)
    assert (without["firstVisit"], without["daysToConversion"]) == (None, None)


def test_an_order_counts_from_the_customers_first_real_one(client: Client) -> None:
    # 2000, 2028 are tests: the customer 500 has 2000, 2004, 2008, …
    index = {
        node["id"].rsplit("/", 1)[-1]: node["customerJourneySummary"]["customerOrderIndex"]
        for node in client.data("""{ orders(first: 40, query: "customer_id:500") { nodes {
            id customerJourneySummary { customerOrderIndex } } } }""")["orders"]["nodes"]
    }
    assert index == {
        "2000": 1, "2004": None, "2008": 2, "2012": 3, "2016": 4, "2020": 5, "2024": None,
        "2028": 7, "2032": 7, "2036": 8,
    }  # fmt: skip


def test_taxes(client: Client) -> None:
    order = client.data("""{ order(id: "gid://shopify/Order/2011") { taxesIncluded tags note
        totalTaxSet { shopMoney { amount } } currentTotalTaxSet { shopMoney { amount } }
        taxLines { title price rate priceSet { presentmentMoney { amount currencyCode } } }
        subtotalLineItemsQuantity currentSubtotalLineItemsQuantity
        lineItems(first: 3) { nodes { none: taxLines(first: 0) { title }
            taxLines { price rate priceSet { shopMoney { amount } } } } } } }""")["order"]
    lines = order.pop("lineItems")["nodes"]
    assert order == {
        "taxesIncluded": True,
        "tags": ["gift", "Rush"],
        "note": "by the door",
        "totalTaxSet": {"shopMoney": {"amount": "3.15"}},
        "currentTotalTaxSet": {"shopMoney": {"amount": "3.15"}},
        "taxLines": [
            {
                "title": "Tax",
                "price": "3.15",
                "rate": 0.0292,
                "priceSet": {"presentmentMoney": {"amount": "0.634", "currencyCode": "KWD"}},
            }
        ],
        "subtotalLineItemsQuantity": 15,
        "currentSubtotalLineItemsQuantity": 15,
    }
    assert [line["none"] for line in lines] == [[], [], []]
    # 9.99 and 2 x 10.99 - 0.50, tax included.
    assert [[(tax["price"], tax["rate"], tax["priceSet"]["shopMoney"]["amount"])
             for tax in line["taxLines"]] for line in lines] == [
        [("1.00", 0.1112, "1.0")], [("2.15", 0.1112, "2.15")], [],
    ]  # fmt: skip


def test_inventory(client: Client) -> None:
    variant = client.data("""{ productVariant(id: "gid://shopify/ProductVariant/1042") {
        inventoryQuantity compareAtPrice inventoryItem { id sku tracked variant { id }
            variants(first: 2) { nodes { id } } locationsCount { count }
            unitCost { amount currencyCode }
            here: inventoryLevel(locationId: "gid://shopify/Location/9001") { ...level }
            nowhere: inventoryLevel(locationId: "gid://shopify/Location/9003") { id }
            inventoryLevels(first: 5) { nodes { id } }
            all: inventoryLevels(first: 5, includeInactive: true) { nodes { ...level } } } } }
        fragment level on InventoryLevel { id isActive location { name } item { id }
            quantities(names: ["on_hand", "available"]) { id name quantity } }""")["productVariant"]
    item = variant["inventoryItem"]
    level = "442?inventory_item_id=742"
    here = {
        "id": f"gid://shopify/InventoryLevel/{level}",
        "isActive": True,
        "location": {"name": "Warehouse"},
        "item": {"id": "gid://shopify/InventoryItem/742"},
        "quantities": [
            {"id": f"gid://shopify/InventoryQuantity/{level}&name=on_hand", "name": "on_hand",
             "quantity": 13},
            {"id": f"gid://shopify/InventoryQuantity/{level}&name=available", "name": "available",
             "quantity": 10},
        ],
    }  # fmt: skip
    assert item["here"] == here
    assert item["nowhere"] is None
    assert (item["sku"], item["unitCost"]) == (
        "SKU-104-2",
        {"amount": "5.5", "currencyCode": "AUD"},
    )
    assert item["variant"] == item["variants"]["nodes"][0]
    assert [node["id"] for node in item["inventoryLevels"]["nodes"]] == [item["here"]["id"]]
    assert [node["location"]["name"] for node in item["all"]["nodes"]] == ["Pop-up", "Warehouse"]
    assert variant["inventoryQuantity"] == sum(
        quantity["quantity"]
        for node in item["all"]["nodes"]
        for quantity in node["quantities"]
        if quantity["name"] == "available"
    )
    asked = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on InventoryLevel { id } } }"""
    assert client.data(asked, ids=[item["here"]["id"]])["nodes"] == [{"id": item["here"]["id"]}]


def test_an_unknown_quantity_is_an_error(client: Client) -> None:
    error = client.error("""{ inventoryItems(first: 1) { nodes { inventoryLevels(first: 1) {
        nodes { quantities(names: ["stock"]) { quantity } } } } } }""")
    assert "stock" in error["message"]


def test_a_redacted_customer_has_no_personal_data(start: Any, tmp_path: Path) -> None:
    redacted = "UPDATE customers SET redacted = true WHERE id = 500;"
    client = start(write_store(tmp_path / "redacted.duckdb", SHOP + redacted))
    data = client.data("""{
        customer(id: "gid://shopify/Customer/500") { id email firstName lastName displayName
            defaultEmailAddress { emailAddress } amountSpent { amount currencyCode } }
        order(id: "gid://shopify/Order/2000") { email customer { id } }
        other: order(id: "gid://shopify/Order/2001") { email }
        byEmail: customers(first: 5, query: "email:ann*") { nodes { id } }
        byWord: customers(first: 5, query: "Lee") { nodes { id } } }""")
    assert data == {
        "customer": {
            "id": "gid://shopify/Customer/500",
            "email": None,
            "firstName": None,
            "lastName": None,
            "displayName": "",
            "defaultEmailAddress": None,
            "amountSpent": {"amount": "952.0", "currencyCode": "AUD"},
        },
        "order": {"email": None, "customer": {"id": "gid://shopify/Customer/500"}},
        "other": {"email": "ann@example.com"},
        "byEmail": {"nodes": []},
        "byWord": {"nodes": []},
    }


def test_locations(client: Client) -> None:
    data = client.data("""{ location { id isPrimary } locations(first: 5) { nodes { name } }
        all: locations(first: 5, includeInactive: true) { nodes { name } }
        locationsCount { count } }""")
    assert data["location"] == {"id": "gid://shopify/Location/9001", "isPrimary": True}
    assert [node["name"] for node in data["locations"]["nodes"]] == ["Pop-up", "Warehouse"]
    assert [node["name"] for node in data["all"]["nodes"]] == ["Closed", "Pop-up", "Warehouse"]


def test_deletions_are_events(client: Client) -> None:
    query = "action:destroy AND (subject_type:PRODUCT OR subject_type:product_variant)"
    data = client.data(
        """query($q: String) { eventsCount(query: $q) { count } events(first: 5, query: $q,
            sortKey: CREATED_AT, reverse: true) { nodes { __typename id action createdAt message
            ... on BasicEvent { subjectId subjectType } } }
        event(id: "gid://shopify/BasicEvent/7003") { message ... on BasicEvent { subjectId } } }""",
        q=query,
    )
    assert data["eventsCount"] == {"count": 2}
    variant, product = data["events"]["nodes"]
    assert variant["subjectId"] == "gid://shopify/ProductVariant/990"
    assert product == {
        "__typename": "BasicEvent",
        "id": "gid://shopify/BasicEvent/7001",
        "action": "destroy",
        "createdAt": "2026-03-05T00:00:00Z",
        "message": "Product 99 was deleted.",
        "subjectId": "gid://shopify/Product/99",
        "subjectType": "PRODUCT",
    }
    old = client.data("""{ deletionEvents(first: 5, subjectTypes: [PRODUCT],
        query: "occurred_at:>=2026-03-05") { nodes { occurredAt subjectId subjectType } }
        none: deletionEvents(first: 5, subjectTypes: [COLLECTION]) { nodes { subjectId } } }""")
    assert old["deletionEvents"]["nodes"] == [
        {
            "occurredAt": product["createdAt"],
            "subjectId": product["subjectId"],
            "subjectType": "PRODUCT",
        }
    ]
    assert old["none"]["nodes"] == []
    assert data["event"] == {
        "message": "Order 1999 was deleted.",
        "subjectId": "gid://shopify/Order/1999",
    }
