"""Records that cannot be used: kept with their reason, in nobody's way, and never half loaded."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from nerdx_pipelines.warehouse.database import Warehouse, run
from nerdx_pipelines.warehouse.records import Raw, load
from tests.assets.records import (
    Record,
    line,
    load_orders,
    money,
    order,
    refund,
    refund_line,
    rows,
    write,
)

GOOD = [order(1), line(11, of=1), line(12, of=1)]
LARGEST = 2**63 - 1


def without(record: Record, *path: str) -> Record:
    copy: Record = json.loads(json.dumps(record))
    inner: Any = copy
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return copy


# What comes in place of order 2 with its line 21, and the reason that is given.
BAD: dict[str, tuple[list[Record | str], str]] = {
    "cut off": (
        [order(2), json.dumps(line(21, of=2))[:-60]],
        "no JSON",
    ),
    "no JSON": ([order(2), '{"id": gid, "__parentId":"gid://shopify/Order/2"}'], "no JSON"),
    "text for a number": (
        [order(2), line(21, of=2, quantity="two")],
        'quantity is "two", no INTEGER',
    ),
    "text for money": (
        [order(2, totalPriceSet=money("much")), line(21, of=2)],
        "totalPriceSet is",
    ),
    "text for an object": ([order(2, customer="Ann"), line(21, of=2)], 'customer is "Ann"'),
    "no time": ([order(2, processedAt="yesterday"), line(21, of=2)], "processedAt is"),
    "a currency nobody knows": (
        [order(2, totalPriceSet=money("1.0", "XXX")), line(21, of=2)],
        "no known currency",
    ),
    "no currency": (
        [order(2, totalPriceSet=money("1.0", "euro")), line(21, of=2)],
        "no known currency",
    ),
    "an id beyond all": (
        [order(2, id=f"gid://shopify/Order/{LARGEST + 1}")],
        "id is missing, or no global id",
    ),
    "no id": ([without(order(2), "id")], "id is missing"),
    "no processedAt": (
        [without(order(2), "processedAt"), line(21, of=2)],
        "processedAt is missing",
    ),
    "no updatedAt": ([without(order(2), "updatedAt"), line(21, of=2)], "updatedAt is missing"),
    "no quantity": ([order(2), without(line(21, of=2), "quantity")], "quantity is missing"),
    "no price": (
        [order(2), without(line(21, of=2), "originalUnitPriceSet")],
        "originalUnitPriceSet.shopMoney.amount is missing",
    ),
    "no parent": ([line(21, of=2)], "its order is not in the file"),
    "another kind": (
        [order(2), line(21, of=2, id="gid://shopify/Fulfillment/21")],
        "not that of a line item",
    ),
}


@pytest.mark.parametrize(("bad", "reason"), BAD.values(), ids=BAD)
def test_a_faulty_order_waits_as_a_whole_and_the_others_pass(
    warehouse: Warehouse, bad: list[Record | str], reason: str
):
    load_orders(warehouse, [*GOOD, *bad, order(3), line(31, of=3)])
    assert rows(warehouse, "SELECT order_id FROM staging.orders ORDER BY 1") == [(1,), (3,)]
    assert rows(warehouse, "SELECT line_id FROM staging.order_lines ORDER BY 1") == [
        (11,),
        (12,),
        (31,),
    ]
    ((source, given, raw, file),) = rows(
        warehouse, "SELECT source, reason, raw, file FROM staging.rejected"
    )
    assert (source, file) == ("order", "orders.jsonl")
    assert reason in given
    faulty = [each if isinstance(each, str) else json.dumps(each) for each in bad]
    assert any(_same(raw, each) for each in faulty)


def _same(raw: str, sent: str) -> bool:
    """Whether `raw` is what was sent: to the letter, or every field that anybody asked for."""
    if raw == sent:
        return True
    try:
        kept, whole = json.loads(raw), json.loads(sent)
    except ValueError:
        return False
    return all(kept[name] is not None for name, value in whole.items() if value and name in kept)


def test_a_line_of_nobody_holds_back_the_order_before_it(warehouse: Warehouse):
    load_orders(warehouse, [*GOOD, '["of whom?"]', order(3), line(31, of=3)])
    assert rows(warehouse, "SELECT order_id FROM staging.orders") == [(3,)]
    assert rows(warehouse, "SELECT record_id, parent_id FROM staging.rejected") == [
        (None, "gid://shopify/Order/1")
    ]


def test_what_was_stored_stays_until_the_record_is_mended(warehouse: Warehouse):
    load_orders(warehouse, [*GOOD, order(2), line(21, of=2)])
    broken = line(21, of=2, quantity=None)
    load_orders(warehouse, [*GOOD, order(2, updatedAt="2026-03-11T00:00:00Z"), broken])
    assert rows(warehouse, "SELECT quantity FROM staging.order_lines WHERE line_id = 21") == [(2,)]
    assert len(rows(warehouse, "FROM staging.rejected")) == 1

    mended = [order(2, updatedAt="2026-03-11T00:00:00Z"), line(21, of=2, quantity=3)]
    load_orders(warehouse, [*GOOD, *mended])
    assert rows(warehouse, "SELECT quantity FROM staging.order_lines WHERE line_id = 21") == [(3,)]
    assert rows(warehouse, "FROM staging.rejected") == []


def test_a_refund_whose_lines_cannot_be_read_holds_its_order_back(warehouse: Warehouse):
    refunded = order(2, refunds=[refund(9)])
    bad: list[Callable[[], Record | str]] = [
        lambda: refund_line(91, of=9, line=21, lineItem=None),
        lambda: refund_line(91, of=9, line=21, quantity="one"),
        lambda: json.dumps(refund_line(91, of=9, line=21)).replace("}", "", 1),
    ]
    for make in bad:
        load_orders(warehouse, [*GOOD, refunded, line(21, of=2)], [make()])
        assert rows(warehouse, "SELECT order_id FROM staging.orders") == [(1,)]
        ((source,),) = rows(warehouse, "SELECT source FROM staging.rejected")
        assert source == "refund_line"


def test_what_is_null_or_large_or_of_another_type_that_fits_is_no_fault(warehouse: Warehouse):
    odd = order(LARGEST, customer=None, name=1001, totalPriceSet=money("0.00000"), refunds=None)
    given_away = line(LARGEST, of=LARGEST, product=None, variant=None, quantity="2", title=None)
    load_orders(warehouse, [odd, given_away, without(line(12, of=LARGEST), "sku")])
    assert rows(warehouse, "SELECT order_id, customer_id, name FROM staging.orders") == [
        (LARGEST, None, "1001")
    ]
    assert rows(
        warehouse, "SELECT line_id, product_id, quantity FROM staging.order_lines ORDER BY 1"
    ) == [(12, 7, 2), (LARGEST, None, 2)]
    assert rows(warehouse, "FROM staging.rejected") == []


@pytest.mark.parametrize(
    ("kind", "table", "good", "bad"),
    [
        (
            "product",
            "products",
            {"id": "gid://shopify/Product/1", "updatedAt": "2026-03-01T00:00:00Z"},
            {"id": "gid://shopify/Product/2", "updatedAt": None},
        ),
        (
            "customer",
            "customers",
            {"id": "gid://shopify/Customer/1", "updatedAt": "2026-03-01T00:00:00Z"},
            {"id": "gid://shopify/Customer/2", "updatedAt": "soon"},
        ),
    ],
)
def test_products_and_customers_too(
    warehouse: Warehouse, tmp_path, kind: str, table: str, good: Record, bad: Record
):
    file = write(tmp_path / f"{table}.jsonl", [good, bad, '{"id": "gid://shop'])

    def upsert(con) -> None:
        run(con, f"staging/{table}")
        run(con, "staging/rejected")

    load(warehouse, [Raw(kind, file)], upsert)
    assert rows(warehouse, f"SELECT {kind}_id FROM staging.{table}") == [(1,)]
    assert len(rows(warehouse, f"FROM staging.rejected WHERE source = '{kind}'")) == 2
