"""Pages: what objects hold, and that no way of paging loses, repeats or reorders a row."""

import base64
import json
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.demo.store.demo_shop import LARGEST_ID, Client, write_store

ORDERS = """query($first: Int, $last: Int, $after: String, $before: String, $reverse: Boolean,
                  $key: OrderSortKeys, $query: String) {
    orders(first: $first, last: $last, after: $after, before: $before, reverse: $reverse,
           sortKey: $key, query: $query) {
        edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}"""
SORTS = {
    "ID": "id",
    "PROCESSED_AT": "processed_at",
    "UPDATED_AT": "updated_at",
    "TOTAL_PRICE": "total_price",
    "FINANCIAL_STATUS": "financial_status",
    "ORDER_NUMBER": "id",
    "DESTINATION": "id",
}


def numbers(page: dict[str, Any]) -> list[int]:
    return [int(edge["node"]["id"].rsplit("/", 1)[-1]) for edge in page["edges"]]


@settings(max_examples=40, deadline=None)
@given(
    key=st.sampled_from(sorted(SORTS)),
    size=st.integers(1, 45),
    reverse=st.booleans(),
    backward=st.booleans(),
    query=st.sampled_from([None, "test:false", "customer_id:500"]),
)
def test_walking_the_pages_gives_every_row_once_in_order(
    client: Client,
    store: duckdb.DuckDBPyConnection,
    key: str,
    size: int,
    reverse: bool,
    backward: bool,
    query: str | None,
) -> None:
    direction = "DESC" if reverse else "ASC"
    where = {None: "true", "test:false": "NOT test", "customer_id:500": "customer_id = 500"}[query]
    expected = [
        row[0]
        for row in store.execute(
            f"SELECT id FROM orders WHERE {where} ORDER BY {SORTS[key]} {direction}, id {direction}"
        ).fetchall()
    ]
    found: list[int] = []
    cursor = None
    more = True
    while more:
        window = {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
        page = client.data(ORDERS, key=key, reverse=reverse, query=query, **window)["orders"]
        rows, info = numbers(page), page["pageInfo"]
        assert info["startCursor"] == page["edges"][0]["cursor"]
        assert info["endCursor"] == page["edges"][-1]["cursor"]
        if backward:
            assert info["hasNextPage"] == bool(found)
            found = rows + found
            more, cursor = info["hasPreviousPage"], info["startCursor"]
        else:
            assert info["hasPreviousPage"] == bool(found)
            found += rows
            more, cursor = info["hasNextPage"], info["endCursor"]
    assert found == expected


@pytest.mark.parametrize(
    ("connection", "key", "table", "order"),
    [
        ("customers", "UPDATED_AT", "customers", "updated_at"),
        ("products", "UPDATED_AT", "products", "updated_at"),  # three share each
        ("products", "INVENTORY_TOTAL", "products",
         "(SELECT sum(inventory_quantity) FROM product_variants WHERE product_id = products.id)"),
        ("productVariants", "SKU", "product_variants", "sku"),
        ("events", "CREATED_AT", "events", "created_at"),
        ("locations", "NAME", "locations WHERE is_active", "name"),
        ("inventoryItems", None, "inventory_items", "id"),
        ("orders", "TOTAL_ITEMS_QUANTITY", "orders",
         "(SELECT coalesce(sum(quantity), 0) FROM line_items l WHERE l.order_id = orders.id)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 2, 7])
def test_every_connection_is_walked_in_its_order(
    client: Client,
    store: duckdb.DuckDBPyConnection,
    connection: str,
    key: str | None,
    table: str,
    order: str,
    size: int,
) -> None:
    sort = f", sortKey: {key}" if key else ""
    ask = f"""query($after: String) {{ page: {connection}(first: {size}, after: $after{sort}) {{
        edges {{ node {{ id }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
    found, after, more = [], None, True
    while more:
        page = client.data(ask, after=after)["page"]
        found += numbers(page)
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    rows = store.execute(f"SELECT id FROM {table} ORDER BY {order}, id").fetchall()
    assert found == [row[0] for row in rows]


def test_a_cursor_is_shopifys(client: Client) -> None:
    page = client.data(ORDERS, first=1, key="UPDATED_AT")["orders"]
    cursor = json.loads(base64.b64decode(page["edges"][0]["cursor"]))
    assert cursor == {"last_id": 2000, "last_value": "2026-04-01 00:00:00"}


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ({}, "you must provide one of first or last"),
        ({"first": 1, "last": 1}, "providing both first and last is not supported"),
        ({"first": 1, "before": "x"}, "using first with before is not supported"),
        ({"last": 1, "after": "x"}, "using last with after is not supported"),
        ({"first": 251}, "first must be between 0 and 250, got 251"),
        ({"first": 1, "after": "nonsense"}, "Invalid cursor for current pagination sort."),
        ({"first": 1, "after": "e30="}, "Invalid cursor for current pagination sort."),
    ],
)
def test_unusable_windows(client: Client, window: dict[str, Any], message: str) -> None:
    body = client.body(ORDERS, **window)
    assert body["data"] is None
    (error,) = body["errors"]
    assert (error["message"], error["path"]) == (message, ["orders"])


def test_a_list_is_cut_silently_but_not_backwards(client: Client) -> None:
    query = """query($first: Int) { order(id: "gid://shopify/Order/2006") {
        refunds(first: $first) { id } } }"""
    refunds = [f"gid://shopify/Refund/{number}" for number in (4012, 4013)]
    for first, expected in ((None, refunds), (9, refunds), (1, refunds[:1]), (0, [])):
        found = client.data(query, first=first)["order"]["refunds"]
        assert [refund["id"] for refund in found] == expected
    error = client.error(query, first=-1)
    assert error["message"] == "first must not be negative, got -1"


def test_a_cursor_of_another_sort_is_refused(client: Client) -> None:
    cursor = client.data(ORDERS, first=1, key="FINANCIAL_STATUS")["orders"]["edges"][0]["cursor"]
    error = client.error(ORDERS, first=1, after=cursor, key="PROCESSED_AT")
    assert error["message"] == "Invalid cursor for current pagination sort."


def test_no_rows(client: Client) -> None:
    page = client.data(ORDERS, first=5, query="id:1")["orders"]
    info = {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }
    assert page == {"edges": [], "pageInfo": info}


def test_nested_connections_page_too(client: Client) -> None:
    first = """query($after: String) { order(id: "gid://shopify/Order/2005") {
        lineItems(first: 2, after: $after) {
            nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""
    found, after, pages = [], None, []
    while True:
        page = client.data(first, after=after)["order"]["lineItems"]
        found += [node["id"] for node in page["nodes"]]
        pages.append((page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]))
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == [f"gid://shopify/LineItem/{3050 + k}" for k in range(5)]
    assert pages == [(False, True), (True, True), (True, False)]


def test_an_order_holds_what_the_shop_knows(client: Client) -> None:
    order = client.data("""{ order(id: "gid://shopify/Order/2006") {
        id legacyResourceId name cancelReason cancelledAt createdAt test sourceName email
        displayFinancialStatus displayFulfillmentStatus currencyCode presentmentCurrencyCode
        customer { id } taxesIncluded taxLines { title }
        totalPriceSet { shopMoney { amount currencyCode }
                        presentmentMoney { amount currencyCode } }
        totalTaxSet { shopMoney { amount } }
        refunds(first: 1) { id note totalRefundedSet { shopMoney { amount } } }
        lineItems(first: 5) { nodes { id } }
    } }""")["order"]
    assert order == {
        "id": "gid://shopify/Order/2006",
        "legacyResourceId": "2006",
        "name": "#1007",
        "cancelReason": None,
        "cancelledAt": None,
        "createdAt": "2026-03-01T13:42:00Z",
        "test": False,
        "sourceName": "web",
        "email": None,
        "displayFinancialStatus": "PARTIALLY_REFUNDED",
        "displayFulfillmentStatus": "FULFILLED",
        "currencyCode": "AUD",
        "presentmentCurrencyCode": "KWD",
        "customer": None,
        "taxesIncluded": False,
        "taxLines": [],
        "totalPriceSet": {
            "shopMoney": {"amount": "106.0", "currencyCode": "AUD"},
            "presentmentMoney": {"amount": "21.331", "currencyCode": "KWD"},
        },
        "totalTaxSet": {"shopMoney": {"amount": "0.0"}},
        "refunds": [
            {
                "id": "gid://shopify/Refund/4012",
                "note": None,
                "totalRefundedSet": {"shopMoney": {"amount": "5.0"}},
            }
        ],
        "lineItems": {"nodes": []},
    }


def test_lines_have_the_orders_currencies_however_they_are_reached(client: Client) -> None:
    fields = """id title quantity product { id } discountAllocations {
            allocatedAmountSet { shopMoney { amount } presentmentMoney { amount currencyCode } } }
        discountedTotalSet { shopMoney { amount } presentmentMoney { amount currencyCode } }"""
    data = client.data(f"""{{
        order(id: "gid://shopify/Order/2005") {{ lineItems(first: 3) {{ nodes {{ {fields} }} }} }}
        node(id: "gid://shopify/LineItem/3051") {{ ... on LineItem {{ {fields} }} }}
    }}""")
    _, discounted, custom = data["order"]["lineItems"]["nodes"]
    assert data["node"] == discounted
    assert custom["product"] is None
    assert custom["discountAllocations"] == []
    assert discounted == {
        "id": "gid://shopify/LineItem/3051",
        "title": 'Line "1", é\n\x01\t日本 😀 \\',
        "quantity": 2,
        "product": {"id": "gid://shopify/Product/106"},
        "discountAllocations": [
            {
                "allocatedAmountSet": {
                    "shopMoney": {"amount": "0.5"},
                    "presentmentMoney": {"amount": "49.0", "currencyCode": "JPY"},
                }
            }
        ],
        "discountedTotalSet": {
            "shopMoney": {"amount": "21.48"},
            "presentmentMoney": {"amount": "2086.0", "currencyCode": "JPY"},
        },
    }


def test_refunds_reach_their_lines(client: Client) -> None:
    refund = """{ nodes(ids: ["gid://shopify/Refund/4000", "gid://shopify/Order/2000",
                              "gid://shopify/Order/1", "gid://shopify/Video/1"]) {
        __typename
        ... on Refund { order { name } refundLineItems(first: 1) {
            edges { node { quantity restockType subtotalSet { presentmentMoney { amount } }
                           lineItem { id product { title } } } }
            pageInfo { hasNextPage } } }
        ... on Order { refunds { refundLineItems(first: 10) { nodes { id } } } }
    } }"""
    found, order, *missing = client.data(refund)["nodes"]
    assert missing == [None, None]
    assert found == {
        "__typename": "Refund",
        "order": {"name": "#1001"},
        "refundLineItems": {
            "edges": [
                {
                    "node": {
                        "quantity": 1,
                        "restockType": "RETURN",
                        "subtotalSet": {"presentmentMoney": {"amount": "243.0"}},
                        "lineItem": {
                            "id": "gid://shopify/LineItem/3040",
                            "product": {"title": "Product 4"},
                        },
                    }
                }
            ],
            "pageInfo": {"hasNextPage": True},
        },
    }
    assert [len(each["refundLineItems"]["nodes"]) for each in order["refunds"]] == [4, 4]


def test_aliases_fragments_directives_and_typenames(client: Client) -> None:
    data = client.data(
        """query($deep: Boolean!) {
            a: orders(first: 1) { __typename edges { __typename c: cursor N: node { ...f } } }
            A: orders(last: 1) { nodes { ...f } pageInfo { __typename } }
        }
        fragment f on Order { id ID: id ...g @include(if: $deep) ... on Node { __typename }
            m: totalPriceSet { __typename shopMoney { __typename } } }
        fragment g on Order { customer { ... on Customer { displayName tags numberOfOrders
            defaultEmailAddress { emailAddress } orders(first: 1, reverse: true) {
                nodes { id lineItems(first: 1) { nodes { id } } } } } } }""",
        deep=True,
    )
    (edge,) = data["a"]["edges"]
    assert edge["N"] == {
        "id": "gid://shopify/Order/2000",
        "ID": "gid://shopify/Order/2000",
        "customer": {
            "displayName": "Ann Lee",
            "tags": ["VIP", "Repeat"],
            "numberOfOrders": "10",
            "defaultEmailAddress": {"emailAddress": "ann@example.com"},
            "orders": {"nodes": [{"id": "gid://shopify/Order/2036", "lineItems": {"nodes": []}}]},
        },
        "__typename": "Order",
        "m": {"__typename": "MoneyBag", "shopMoney": {"__typename": "MoneyV2"}},
    }
    assert (data["a"]["__typename"], edge["__typename"]) == ("OrderConnection", "OrderEdge")
    assert data["A"]["pageInfo"] == {"__typename": "PageInfo"}
    assert data["A"]["nodes"][0]["id"] == "gid://shopify/Order/2039"


def test_products_shop_and_counts(client: Client) -> None:
    data = client.data("""{
        product(id: "gid://shopify/Product/104") { title status tags publishedAt totalInventory
            variantsCount { count precision }
            variants(first: 5) { nodes { title sku price position product { id } } } }
        shop { id name url ianaTimezone contactEmail }
        productsCount { count precision }
        few: ordersCount(limit: 10, query: "test:false") { count precision }
        all: ordersCount(limit: null) { count precision }
        missing: customer(id: "gid://shopify/Customer/1") { id }
    }""")
    assert data["product"] == {
        "title": "Product 4",
        "status": "DRAFT",
        "tags": ["Sale", "tag 4"],
        "publishedAt": None,
        "totalInventory": 21,
        "variantsCount": {"count": 3, "precision": "EXACT"},
        "variants": {
            "nodes": [
                {
                    "title": f"Size {k}",
                    "sku": f"SKU-104-{k}",
                    "price": f"{10 + k}.50",
                    "position": 1 + k,
                    "product": {"id": "gid://shopify/Product/104"},
                }
                for k in range(3)
            ]
        },
    }
    assert data["shop"] == {
        "id": "gid://shopify/Shop/42",
        "name": 'Awkward "Shop"',
        "url": "https://awkward.myshopify.com",
        "ianaTimezone": "Australia/Sydney",
        "contactEmail": "shop@example.com",
    }
    assert data["productsCount"] == {"count": 12, "precision": "EXACT"}
    assert data["few"] == {"count": 10, "precision": "AT_LEAST"}
    assert data["all"] == {"count": 40, "precision": "EXACT"}
    assert data["missing"] is None


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ('{ order(id: "2000") { id } }', "Invalid global id '2000'"),
        ('{ order(id: "gid://shopify/Product/1") { id } }', "Invalid id: gid://shopify/Product/1"),
        (
            "{ nodes(ids: [" + '"gid://shopify/Order/1" ' * 251 + "]) { id } }",
            "The input array size of 251 is greater than the maximum allowed of 250.",
        ),
    ],
)
def test_unusable_ids(client: Client, query: str, message: str) -> None:
    assert client.error(query)["message"] == message


def test_the_largest_ids_survive(start: Any, tmp_path: Any) -> None:
    rows = f"""
        INSERT INTO shop BY NAME SELECT 1 AS id, 'UTC' AS iana_timezone;
        INSERT INTO products BY NAME SELECT {LARGEST_ID} - i AS id FROM range(3) t(i);"""
    client = start(write_store(tmp_path / "large.duckdb", rows))
    first = client.data(
        "{ products(last: 2) { nodes { id legacyResourceId } pageInfo { startCursor } } }"
    )
    assert [node["legacyResourceId"] for node in first["products"]["nodes"]] == [
        str(LARGEST_ID - 1),
        str(LARGEST_ID),
    ]
    before = client.data(
        "query($c: String) { products(last: 2, before: $c) { nodes { id } } }",
        c=first["products"]["pageInfo"]["startCursor"],
    )
    assert before["products"]["nodes"] == [{"id": f"gid://shopify/Product/{LARGEST_ID - 2}"}]
    (line,) = client.bulk(
        f'{{ products(query: "id:{LARGEST_ID}") {{ edges {{ node {{ id }} }} }} }}'
    )[1]
    assert json.loads(line) == {"id": f"gid://shopify/Product/{LARGEST_ID}"}
