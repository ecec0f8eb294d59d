"""What an order's records become: revenue without tax, visits, days; and older warehouses."""

from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from nerdx_pipelines.warehouse.database import Warehouse
from tests.assets.records import line, load_orders, money, order, refund, refund_line, rows

SALES = "SELECT gross_sales, discounts, returns, net_revenue FROM staging.order_lines ORDER BY 1"


def tax(amount: str) -> dict[str, object]:
    return {"taxLines": [{"priceSet": money(amount, None)}]}


def discount(amount: str) -> dict[str, object]:
    return {"discountAllocations": [{"allocatedAmountSet": money(amount, None)}]}


def decimals(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(amount) for amount in amounts)


def test_tax_that_prices_include_is_taken_out_of_all_figures(warehouse: Warehouse):
    # 2 x 11.90 less 3.57: 20.23 with 19 % tax is 17.00 without; the discount is 3.00 of 20.00.
    sold = line(
        11,
        of=1,
        originalUnitPriceSet=money("11.90", None),
        **tax("3.23"),
        **discount("3.57"),
    )
    back = refund_line(
        91, of=9, line=11, subtotalSet=money("10.12", None), totalTaxSet=money("1.62", None)
    )
    load_orders(warehouse, [order(1, taxesIncluded=True, refunds=[refund(9)]), sold], [back])
    assert rows(warehouse, SALES) == [decimals("20.00", "3.00", "8.50", "8.50")]


def test_tax_that_comes_on_top_is_none_of_our_business(warehouse: Warehouse):
    load_orders(warehouse, [order(1), line(11, of=1, **tax("3.80"), **discount("1.00"))])
    assert rows(warehouse, SALES) == [decimals("20.00", "1.00", "0.00", "19.00")]


PAID = st.tuples(
    st.integers(1, 10**9),
    st.fractions(0, 1),
    st.fractions(0, 1),
    st.sampled_from([("JPY", 0), ("EUR", 2), ("KWD", 3)]),
)


@settings(deadline=None, max_examples=10)
@given(st.lists(PAID, min_size=1, max_size=50))
def test_untaxed_sales_less_discounts_are_what_was_paid_without_tax(warehouse_factory, paid):
    records, expected, units = [], {}, {}
    for number, (minor, part, rate, (currency, places)) in enumerate(paid, 1):
        unit = units[number] = Decimal(1).scaleb(-places)
        listed, allocated = minor * unit, int(minor * part) * unit
        taxed = int((minor - int(minor * part)) * rate / (1 + rate)) * unit
        expected[number] = (listed, listed - allocated - taxed)
        price = {"quantity": 1, "originalUnitPriceSet": money(str(listed), None)}
        records += [
            order(number, taxesIncluded=True, totalPriceSet=money("1", currency)),
            line(number, of=number, **price, **tax(str(taxed)), **discount(str(allocated))),
        ]
    warehouse = warehouse_factory()
    load_orders(warehouse, records)
    found = rows(warehouse, SALES.replace("gross", "line_id, gross", 1))
    assert len(found) == len(paid)
    for number, gross, discounts, _, net in found:
        listed, untaxed = expected[number]
        assert net == gross - discounts == untaxed
        assert 0 <= discounts <= gross <= listed
        assert gross % units[number] == discounts % units[number] == 0


def test_an_older_version_never_takes_the_place_of_a_newer(warehouse: Warehouse):
    newer = order(1, updatedAt="2026-03-12T00:00:00Z", name="newer")
    older = order(1, updatedAt="2026-03-11T00:00:00Z", name="older")
    load_orders(warehouse, [newer, line(11, of=1, quantity=1)])
    load_orders(warehouse, [older, line(11, of=1, quantity=9)])
    assert rows(warehouse, "SELECT name, quantity FROM staging.orders, staging.order_lines") == [
        ("newer", 1)
    ]


def test_two_versions_in_one_file_wait_for_the_next_pull(warehouse: Warehouse):
    twice = [order(1), line(11, of=1), order(1, updatedAt="2026-03-12T00:00:00Z")]
    load_orders(warehouse, [*twice, line(11, of=1, quantity=9)])
    assert rows(warehouse, "FROM staging.orders") == []
    load_orders(warehouse, [twice[0], line(11, of=1), twice[0], line(11, of=1)])
    assert rows(warehouse, "SELECT line_id, quantity FROM staging.order_lines") == [(11, 2)]


def test_a_change_moves_an_order_to_another_day(warehouse: Warehouse):
    load_orders(warehouse, [order(1), line(11, of=1)])
    with warehouse.write() as con:
        con.execute("DELETE FROM staging.changed_days")
    moved = order(
        1, updatedAt="2026-03-12T00:00:00Z", processedAt="2026-03-10T23:30:00Z", refunds=[refund(9)]
    )
    load_orders(warehouse, [moved, line(11, of=1)], since=datetime(2026, 3, 11, tzinfo=UTC))
    assert rows(warehouse, "SELECT day FROM staging.changed_days ORDER BY 1") == [
        (date(2026, 3, 10),),  # where it was
        (date(2026, 3, 11),),  # where it is, in Berlin
        (date(2026, 3, 12),),  # where its refund is counted
    ]


def test_a_warehouse_of_an_older_version_gets_its_columns_and_keeps_its_rows(warehouse: Warehouse):
    with duckdb.connect(warehouse.path) as con:
        con.execute("CREATE SCHEMA staging")
        con.execute("CREATE TABLE staging.orders (order_id BIGINT, name VARCHAR)")
        con.execute("INSERT INTO staging.orders VALUES (1, 'kept')")
    with warehouse.write() as con:
        con.execute("FROM staging.live_lines")
    assert rows(warehouse, "SELECT order_id, name, taxes_included FROM staging.orders") == [
        (1, "kept", None)
    ]
