"""The search syntax: every connective, comparator and form of time, and what is ignored."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.demo.store.demo_shop import Client

OPERATORS = {
    ">": datetime.__gt__,
    ">=": datetime.__ge__,
    "<": datetime.__lt__,
    "<=": datetime.__le__,
    "": datetime.__eq__,
}


def search(client: Client, connection: str, query: str) -> list[int]:
    sort = "" if connection == "inventoryItems" else ", sortKey: ID"
    window = f"first: 250, query: $q{sort}"
    ask = f"query($q: String) {{ {connection}({window}) {{ nodes {{ id }} }} }}"
    nodes = client.data(ask, q=query)[connection]["nodes"]
    return [int(node["id"].rsplit("/", 1)[-1]) for node in nodes]


@pytest.mark.parametrize(
    ("connection", "query", "where"),
    [
        ("orders", "", "true"),
        ("orders", "id:2003", "id = 2003"),
        ("orders", "id:gid://shopify/Order/2003", "id = 2003"),
        ("orders", "id:>=2010 AND id:<2020", "id BETWEEN 2010 AND 2019"),
        ("orders", "id:>=2010 id:<2020", "id BETWEEN 2010 AND 2019"),
        ("orders", "id:2003 OR id:2005 OR id:1", "id IN (2003, 2005)"),
        ("orders", "id:2003 OR id:2005 test:true", "id = 2003"),
        ("orders", "(id:2003 OR id:2007) test:true", "id = 2007"),
        ("orders", "-test:true", "NOT test"),
        ("orders", "NOT test:true", "NOT test"),
        ("orders", "-(test:true OR id:<2030)", "NOT test AND id >= 2030"),
        ("orders", "test:false AND NOT (customer_id:500)",
         "NOT test AND customer_id IS DISTINCT FROM 500"),
        ("orders", "customer_id:500", "customer_id = 500"),
        ("orders", "customer_id:nobody", "false"),
        ("orders", "customer_id:1e999 OR customer_id:nan", "false"),
        ("orders", "financial_status:voided", "financial_status = 'VOIDED'"),
        ("orders", "financial_status:paid,voided", "financial_status IN ('PAID', 'VOIDED')"),
        ("orders", "fulfillment_status:shipped", "fulfillment_status = 'FULFILLED'"),
        ("orders", "status:cancelled", "cancelled_at IS NOT NULL"),
        ("orders", "status:open", "cancelled_at IS NULL"),
        ("orders", "name:1003", "name = '#1003'"),
        ("orders", "name:'#1003'", "name = '#1003'"),
        ("orders", "name:100*", "name LIKE '#100%'"),
        ("orders", "email:*", "email IS NOT NULL"),
        ("orders", "-email:*", "email IS NULL"),
        ("orders", "ann@example.com", "email IS NOT NULL"),
        ("orders", "current_total_price:>=110.00 current_total_price:<=112",
         "id BETWEEN 2010 AND 2012"),
        ("orders", "sku:sku", "id IN (SELECT order_id FROM line_items)"),
        ("orders", "source_name:web test:true", "test"),
        ("orders", "tag:rush", "list_contains(tags, 'Rush')"),
        ("orders", "tag_not:GIFT test:true", "NOT list_contains(tags, 'gift') AND test"),
        ("orders", "current_total_price:110..112", "id BETWEEN 2010 AND 2012"),
        ("orders", "id:..2002 OR id:2038..", "id <= 2002 OR id >= 2038"),
        ("orders", "subtotal_line_items_quantity:>=10",
         "id IN (SELECT order_id FROM line_items GROUP BY 1 HAVING sum(quantity) >= 10)"),
        ("customers", "email:example.org", "id = 502"),
        ("customers", "email:\"bob@shop.example.org\"", "id = 502"),
        ("customers", "ann", "id = 500"),
        ("customers", "tag:VIP", "id IN (500, 502)"),
        ("customers", "tag:repeat,nothing", "id = 500"),
        ("customers", "tag_not:vip", "id = 501"),
        ("customers", "orders_count:>0", "true"),
        ("customers", "order_date:'2026-03-01T00:00:00Z'", "id = 500"),
        ("customers", "order_date:<2026-03-01", "false"),
        ("customers", "order_date:'2026-03-01..2026-03-02' total_spent:>1000", "id = 501"),
        ("products", "status:active,draft", "status <> 'ARCHIVED'"),
        ("products", "vendor:'Vendor 1'", "vendor = 'Vendor 1'"),
        ("products", "product_type:'Type 2'", "product_type = 'Type 2'"),
        ("products", "title:'Product 1'", "id = 101"),
        ("products", "title:product", "true"),
        ("products", "tag:'tag 3'", "id = 103"),
        ("products", "sku:SKU-104-2", "id = 104"),
        ("products", "handle:product-1,product-3", "id IN (101, 103)"),
        ("products", "published_status:published", "false"),
        ("products", "published_status:unpublished gift_card:false", "true"),
        ("products", "variant_id:1042 OR variant_title:'size 2' id:>=110", "id IN (104, 110)"),
        ("products", "price:>=12 has_only_default_variant:false", "id % 3 = 2"),
        ("products", "inventory_total:21..", "id % 3 = 2"),
        ("products", "out_of_stock_somewhere:true",
         "id IN (SELECT product_id FROM product_variants v JOIN inventory_items i"
         " ON i.variant_id = v.id WHERE i.tracked AND v.position = 1)"),
        ("products", "tracks_inventory:false",
         "id NOT IN (SELECT product_id FROM product_variants v JOIN inventory_items i"
         " ON i.variant_id = v.id WHERE i.tracked)"),
        ("products", "is_price_reduced:true", "false"),
        ("productVariants", "location_id:9002", "position = 3"),
        ("productVariants", "product_ids:104,105", "product_id IN (104, 105)"),
        ("productVariants", "tag:'tag 4' published_status:any", "product_id = 104"),
        ("inventoryItems", "sku:sku-104-1", "id = 741"),
        ("inventoryItems", "updated_at:>='2026-02-04T00:00:00Z' created_at:<2026-02",
         "variant_id >= 1090"),
        ("events", "action:destroy subject_type:PRODUCT", "id = 7001"),
        ("events", "created_at:>='2026-03-06T00:00:00Z' comments:false", "id >= 7003"),
        ("webhookSubscriptions", "created_at:>=2026 id:8501", "id = 8501"),
        ("collections", "title:desks", "id = 8001"),
        ("productVariants", "product_id:104", "product_id = 104"),
        ("productVariants", "sku:sku-104-1", "sku = 'SKU-104-1'"),
        ("productVariants", "inventory_quantity:<=0", "inventory_quantity = 0"),
        ("productVariants", "product_status:draft vendor:'Vendor 0'", "product_id IN (104, 110)"),
        # Times.
        ("orders", "processed_at:'2026-03-01T02:17:00Z'", "id = 2001"),
        ("orders", "processed_at:>'2026-03-01T02:17:00Z'", "id > 2001"),
        ("orders", "processed_at:>='2026-03-01T02:17:00.000000Z'", "id >= 2001"),
        ("orders",
         "processed_at:>='2026-03-01 02:17:00+00:00' AND processed_at:<'2026-03-01 06:51:00+00:00'",
         "id IN (2001, 2002)"),
        ("orders", "processed_at:<='2026-03-01T13:17:00+11:00'", "id <= 2001"),
        ("orders", "processed_at:>=\"2026-03-03\"", "processed_at >= '2026-03-02 13:00:00Z'"),
        ("orders", "processed_at:2026-03-02",
         "processed_at >= '2026-03-01 13:00:00Z' AND processed_at < '2026-03-02 13:00:00Z'"),
        ("orders", "processed_at:>2026-02 updated_at:<=2026", "true"),
        ("orders", "processed_at:<now", "true"),
        ("orders", "processed_at:>now", "false"),
        ("products", "updated_at:>'2026-02-03T00:00:00Z'", "id >= 109"),
        ("products", "created_at:<='2026-01-02T00:00:00Z'", "id <= 101"),
        # A customer's update is matched by whole days of the shop: Sydney's end at 13:00Z.
        ("customers", "updated_at:'2026-03-01T05:00:00Z'", "id = 500"),
        ("customers", "updated_at:>='2026-03-02T12:00:00Z'", "id IN (501, 502)"),
        ("customers", "updated_at:>'2026-03-02T12:00:00Z'", "id = 502"),
        ("customers", "customer_date: >='2026-01-06'", "id >= 501"),
    ],
)  # fmt: skip
def test_filters(
    client: Client, store: duckdb.DuckDBPyConnection, connection: str, query: str, where: str
) -> None:
    table = re.sub("([A-Z])", r"_\1", connection).lower()
    rows = store.execute(f"SELECT id FROM {table} WHERE {where} ORDER BY id").fetchall()
    assert search(client, connection, query) == [row[0] for row in rows]


@settings(max_examples=60, deadline=None)
@given(
    row=st.integers(0, 39),
    offset=st.integers(-1, 1),
    operator=st.sampled_from(sorted(OPERATORS)),
    form=st.sampled_from(["T+00:00", " +00:00", "TZ", "T.Z", "T+11:00"]),
)
def test_a_moment_compares_the_same_in_every_form(
    client: Client, row: int, offset: int, operator: str, form: str
) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    moments = [start + timedelta(minutes=137 * i) for i in range(40)]
    value = moments[row] + timedelta(seconds=offset)
    if form == "T+11:00":
        text = (value + timedelta(hours=11)).strftime("%Y-%m-%dT%H:%M:%S+11:00")
    else:
        text = value.strftime(f"%Y-%m-%d{form[0]}%H:%M:%S") + form[1:].replace(".", ".000000")
    expected = [2000 + i for i, m in enumerate(moments) if OPERATORS[operator](m, value)]
    assert search(client, "orders", f"processed_at:{operator}'{text}'") == expected


def test_an_unknown_field_is_ignored_with_a_warning(client: Client) -> None:
    body = client.body(
        '{ kept: customers(first: 5, query: "created_at:>2030 AND tag:repeat") { nodes { id } }'
        ' all: customersCount(query: "created_at:>2030") { count } }'
    )
    assert body["data"] == {
        "kept": {"nodes": [{"id": "gid://shopify/Customer/500"}]},
        "all": {"count": 3},
    }
    warning = {
        "field": "created_at",
        "message": "Invalid search field for this query.",
        "code": "invalid_field",
    }
    assert body["extensions"]["search"] == [
        {"path": ["kept"], "query": "created_at:>2030 AND tag:repeat", "warnings": [warning]},
        {"path": ["all"], "query": "created_at:>2030", "warnings": [warning]},
    ]


@pytest.mark.parametrize("value", ["yesterday", "'2026-13-01'", "2026-3", "9999", "'20 26'"])
def test_an_unreadable_time_is_an_error(client: Client, value: str) -> None:
    error = client.error(
        f'{{ orders(first: 1, query: "processed_at:>={value}") {{ nodes {{ id }} }} }}'
    )
    assert error["message"].startswith("Invalid timestamp for query filter")
    assert error["extensions"] == {"code": "BAD_REQUEST"}


@given(query=st.text(alphabet="ab:'\"()<>=- \\*ORANDT_id0%;", max_size=40) | st.text(max_size=20))
@settings(max_examples=150, deadline=None)
def test_no_query_breaks_the_store(client: Client, query: str) -> None:
    body: dict[str, Any] = client.body(
        "query($q: String) { customers(first: 1, query: $q) { nodes { id } } }", q=query
    )
    assert all(error["extensions"]["code"] == "BAD_REQUEST" for error in body.get("errors", []))
