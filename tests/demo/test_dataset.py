"""A folder becomes a shop's database, whole and as written, or an error and no change."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerdx_pipelines.demo.dataset import load_folder
from nerdx_pipelines.errors import FolderError

Rows = list[dict[str, Any]]
PRODUCT = {"product_id": 1, "title": "Mug", "product_type": "Mugs", "vendor": "V", "price": "12.50"}
LINE = {"order_id": 10, "line_id": 100, "customer_id": 5, "product_id": 1, "quantity": 2,
        "unit_price": "12.50", "discount": "1.00", "currency": "AUD",
        "processed_at": "2026-10-03T15:59:59Z"}  # fmt: skip
REFUND = {"refund_id": 7, "order_id": 10, "line_id": 100, "quantity": 1, "amount": "12.00",
          "created_at": "2026-10-09T00:00:00Z"}  # fmt: skip
CONTENT = {"content_id": "c", "content_type": "video", "title": "", "creator": "",
           "published_at": "", "production_cost": ""}  # fmt: skip
TOUCH = {"event_id": "e", "user_id": 5, "content_id": "c", "touch_type": "view",
         "touched_at": "2026-10-04T15:00:00Z"}  # fmt: skip
SHOP = {"name": "Zoë & Co", "timezone": "Australia/Sydney", "currency": "AUD"}


def write_csv(folder: Path, **tables: Rows) -> Path:
    for table, rows in tables.items():
        text = io.StringIO()
        columns = list(dict.fromkeys(column for row in rows for column in row))
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerows(rows)
        (folder / f"{table}.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    return folder


def shop(folder: Path, **tables: Rows) -> Path:
    return write_csv(folder, **({"products": [PRODUCT], "order_lines": [LINE]} | tables))


def stored(store: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(store, read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        return con.execute(query).fetchall()


def dump(store: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(store, read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        tables = con.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        return {name: con.execute(f"FROM {name} ORDER BY ALL").fetchall() for (name,) in tables}


def test_the_least_folder_is_a_shop(tmp_path):
    dataset = load_folder(shop(tmp_path), tmp_path / "store.duckdb")
    assert (dataset.name, dataset.timezone, dataset.currency) == ("Demo store", "UTC", "AUD")
    assert dataset.first_day == dataset.last_day == date(2026, 10, 3)
    at = datetime(2026, 10, 3, 15, 59, 59, tzinfo=UTC)
    everything = dump(tmp_path / "store.duckdb")
    assert everything["orders"] == [
        (10, "#1001", 5, None, at, at, at, None, None, False, "web", "AUD", "AUD", Decimal(1),
         "PAID", "FULFILLED", Decimal(24), Decimal(1), Decimal(24), Decimal(24), Decimal(0),
         False, Decimal(0), [], None, True)
    ]  # fmt: skip
    assert everything["line_items"] == [
        (100, 10, 1, 1, 1, "Mug", None, None, "V", 2, 2, Decimal("12.5"), Decimal(1), False,
         Decimal(0))
    ]  # fmt: skip
    assert everything["product_variants"] == [
        (1, 1, "Default Title", None, 1, Decimal("12.5"), None, at, at, None)
    ]
    assert everything["customers"] == [(5, None, None, None, [], at, at, False)]
    assert everything["refunds"] == everything["refund_line_items"] == []
    ((location, name, *_),) = everything["locations"]
    ((item, variant, tracked, cost, *_),) = everything["inventory_items"]
    assert (name, variant, tracked, cost) == ("Demo store warehouse", 1, False, None)
    assert [level[1:5] for level in everything["inventory_levels"]] == [(item, location, 0, 0)]
    assert everything["order_visits"] == everything["events"] == []


def test_the_period_is_the_shops_days_of_orders_and_touches(tmp_path):
    folder = shop(tmp_path, shop=[SHOP], content=[CONTENT], touches=[TOUCH])
    dataset = load_folder(folder, tmp_path / "store.duckdb")
    # 15:59:59 UTC is one second before the clocks change in Sydney, 15:00 the next day after it.
    assert (dataset.first_day, dataset.last_day) == (date(2026, 10, 4), date(2026, 10, 5))
    assert stored(tmp_path / "store.duckdb", "SELECT name, myshopify_domain FROM shop") == [
        ("Zoë & Co", "zoe-co.myshopify.com")
    ]


CANCEL = {"cancelled_at": "2026-10-04T00:00:00Z"}


@pytest.mark.parametrize(
    ("line", "refunds", "status", "left", "units", "updated_day"),
    [
        ({}, [REFUND], "PARTIALLY_REFUNDED", 12, 1, 9),
        ({}, [REFUND | {"quantity": 2, "amount": 24}], "REFUNDED", 0, 0, 9),
        (
            {},
            [REFUND | {"line_id": "", "quantity": 0, "amount": 4}],
            "PARTIALLY_REFUNDED",
            20,
            2,
            9,
        ),
        ({}, [REFUND | {"quantity": 9}], "PARTIALLY_REFUNDED", 12, 0, 9),
        ({}, [REFUND | {"quantity": 0, "amount": 0}], "PAID", 24, 2, 9),
        (CANCEL, [], "VOIDED", 0, 0, 4),
        (CANCEL, [REFUND | {"quantity": 2, "amount": 24}], "REFUNDED", 0, 0, 9),
        ({"discount": "25.00"}, [], "PAID", 0, 2, 3),
    ],
)
def test_what_becomes_of_an_order(tmp_path, line, refunds, status, left, units, updated_day):
    folder = shop(tmp_path, order_lines=[LINE | line], **({"refunds": refunds} if refunds else {}))
    load_folder(folder, store := tmp_path / "store.duckdb")
    order = "SELECT financial_status, current_total_price, day(updated_at) FROM orders"
    assert stored(store, order) == [(status, left, updated_day)]
    assert stored(store, "SELECT current_quantity FROM line_items") == [(units,)]


def test_a_refund_s_rows_are_one_refund(tmp_path):
    adjustment = REFUND | {"line_id": "", "quantity": 0, "amount": "1.00"}
    load_folder(shop(tmp_path, refunds=[REFUND, adjustment]), store := tmp_path / "s.duckdb")
    assert stored(store, "SELECT id, order_id, total_refunded FROM refunds") == [(7, 10, 13)]
    assert stored(
        store,
        "SELECT refund_id, line_item_id, quantity, subtotal, restock_type FROM refund_line_items",
    ) == [(7, 100, 1, 12, "RETURN")]


def test_our_extensions(tmp_path):
    variant = {"variant_id": 31, "product_id": 1, "title": "Large", "sku": "M-L", "price": "14.00"}
    folder = shop(
        tmp_path,
        products=[PRODUCT | {"status": "draft", "gift_card": "true"}],
        product_variants=[variant, variant | {"variant_id": 30, "title": "Small"}],
        order_lines=[
            LINE | {"variant_id": 31, "presentment_currency": "JPY", "presentment_rate": "98.4"},
            LINE | {"line_id": 99, "product_id": "", "title": "Gone", "variant_id": "",
                    "presentment_currency": "JPY", "presentment_rate": "98.4"},
        ],
    )  # fmt: skip
    load_folder(folder, store := tmp_path / "store.duckdb")
    lines = (
        "SELECT id, position, title, variant_id, variant_title, sku, is_gift_card FROM line_items"
    )
    assert stored(store, lines) == [
        (99, 1, "Gone", None, None, None, False),
        (100, 2, "Mug", 31, "Large", "M-L", True),
    ]
    assert stored(store, "SELECT id, position FROM product_variants") == [(30, 1), (31, 2)]
    assert stored(store, "SELECT presentment_currency_code, presentment_rate FROM orders") == [
        ("JPY", Decimal("98.4"))
    ]
    assert stored(store, "SELECT status, published_at FROM products") == [("DRAFT", None)]


@pytest.mark.parametrize(
    ("included", "total", "refunded", "left"), [("false", 26.4, 13.2, 13.2), ("true", 24, 12, 12)]
)
def test_taxes_are_added_or_are_in_the_prices(tmp_path, included, total, refunded, left):
    folder = shop(
        tmp_path,
        shop=[SHOP | {"taxes_included": included}],
        order_lines=[LINE | {"tax": "2.40"}],
        refunds=[REFUND | {"tax": "1.20"}],
    )
    load_folder(folder, store := tmp_path / "store.duckdb")
    orders = (
        "SELECT taxes_included, subtotal_price, total_tax, total_price, total_refunded,"
        " current_total_price FROM orders"
    )
    assert stored(store, orders) == [
        (included == "true", 24, Decimal("2.4"), *(Decimal(str(each)) for each in
                                                   (total, refunded, left)))
    ]  # fmt: skip
    assert stored(store, "SELECT tax FROM line_items") == [(Decimal("2.4"),)]
    assert stored(store, "SELECT subtotal, total_tax FROM refund_line_items") == [
        (12, Decimal("1.2"))
    ]
    assert stored(store, "SELECT taxes_included FROM shop") == [(included == "true",)]


def test_costs_and_stock(tmp_path):
    variant = {"variant_id": 31, "product_id": 1, "title": "L", "sku": "", "price": "",
               "inventory_quantity": -2, "unit_cost": ""}  # fmt: skip
    folder = shop(
        tmp_path,
        products=[
            PRODUCT | {"unit_cost": "5.00"},
            PRODUCT | {"product_id": 2, "unit_cost": "6.25", "inventory": 7},
        ],
        product_variants=[variant, variant | {"variant_id": 32, "unit_cost": "4.50",
                                              "inventory_quantity": ""}],
    )  # fmt: skip
    load_folder(folder, store := tmp_path / "store.duckdb")
    items = (
        "SELECT v.id, v.inventory_quantity, i.tracked, i.unit_cost, l.available"
        " FROM product_variants v JOIN inventory_items i ON i.variant_id = v.id"
        " JOIN inventory_levels l ON l.inventory_item_id = i.id ORDER BY v.id"
    )
    assert stored(store, items) == [
        (2, 7, True, Decimal("6.25"), 7),
        (31, -2, True, Decimal(5), -2),
        (32, None, False, Decimal("4.5"), 0),
    ]


VISIT = {"order_id": 10, "occurred_at": "2026-10-03T15:59:59Z"}


def test_visits(tmp_path):
    told = {"landing_page": "/p?x", "source": "X", "source_type": "post", "utm_source": "s",
            "utm_medium": "m", "utm_campaign": "c", "utm_content": "k",
            "utm_term": "t"}  # fmt: skip
    folder = shop(
        tmp_path,
        order_lines=[LINE | {"journey_ready": "no"}],
        order_visits=[
            VISIT | told,
            VISIT | {"occurred_at": "2026-10-01", "utm_source": "mail"},
            VISIT | {"occurred_at": "2026-10-02", "referrer_url": "https://www.video.example/w"},
            VISIT | {"occurred_at": "2026-10-03"},
        ],
    )
    load_folder(folder, store := tmp_path / "store.duckdb")
    visits = stored(store, "SELECT * FROM order_visits ORDER BY occurred_at")
    assert [(visit[0], visit[5]) for visit in visits] == [
        (1, "mail"), (2, "video.example"), (3, "direct"), (4, "X"),
    ]  # fmt: skip
    assert visits[3][3:] == ("/p?x", None, "X", "POST", "s", "m", "c", "k", "t")
    assert stored(store, "SELECT journey_ready FROM orders") == [(False,)]


def test_orders_are_named_by_time_and_handles_are_unique(tmp_path):
    folder = shop(
        tmp_path,
        products=[
            PRODUCT | {"product_id": i, "title": title}
            for i, title in enumerate(["Mug", "Mug!", "mug 2", "マグ"], start=1)
        ],
        order_lines=[LINE, LINE | {"order_id": 9, "line_id": 101},
                     LINE | {"order_id": 11, "line_id": 102, "processed_at": "2026-10-01"}],
    )  # fmt: skip
    load_folder(folder, store := tmp_path / "store.duckdb")
    assert stored(store, "SELECT id, name FROM orders ORDER BY name") == [
        (11, "#1001"), (9, "#1002"), (10, "#1003"),
    ]  # fmt: skip
    assert stored(store, "SELECT count(*), count(DISTINCT handle) FROM products") == [(4, 4)]


SECOND_LINE = LINE | {"line_id": 101}


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        (
            {"products": [PRODUCT, PRODUCT]},
            ["products.csv, line 3", "product_id '1' is there twice"],
        ),
        ({"order_lines": [LINE | {"discount": "1.005"}]}, ["discount '1.0050'", "decimals"]),
        (
            {"customers": [{"customer_id": 6}]},
            ["order_lines.csv, line 2", "customer_id '5'", "customers"],
        ),
        ({"customers": [{"customer_id": 5}, {"customer_id": 5}]}, ["customers.csv, line 3"]),
        ({"order_lines": [LINE, LINE]}, ["order_lines.csv, line 3: line_id '100' is there twice"]),
        ({"order_lines": [LINE | {"product_id": 2}]}, ["product_id '2' is not in products"]),
        ({"order_lines": [LINE | {"quantity": 0}]}, ["quantity '0' is below 1"]),
        ({"order_lines": [LINE | {"unit_price": -1}]}, ["unit_price", "below 0"]),
        ({"order_lines": [LINE | {"discount": "25.01"}]}, ["discount '25.0100'", "more than"]),
        ({"order_lines": [LINE | {"currency": "JPY"}]}, ["unit_price '12.5000'", "decimals"]),
        ({"order_lines": [LINE | {"currency": "$"}]}, ["currency '$'", "AUD"]),
        (
            {"order_lines": [LINE, SECOND_LINE | {"customer_id": ""}]},
            ["line 3: customer_id", "first line"],
        ),
        ({"order_lines": [LINE, SECOND_LINE | {"currency": "USD"}]}, ["line 3: currency 'USD'"]),
        (
            {"order_lines": [LINE, SECOND_LINE | {"processed_at": "2026-10-03"}]},
            ["line 3: processed_at"],
        ),
        ({"order_lines": [LINE, SECOND_LINE | CANCEL]}, ["line 3: cancelled_at"]),
        ({"order_lines": [LINE | {"variant_id": 8}]}, ["variant_id '8' is no variant"]),
        ({"order_lines": []}, ["order_lines.csv is empty"]),
        ({"refunds": [REFUND, REFUND]}, ["refunds.csv, line 3", "twice"]),
        ({"refunds": [REFUND | {"order_id": 9}]}, ["order_id '9' is not in order_lines"]),
        ({"refunds": [REFUND | {"line_id": 101}]}, ["line_id '101' is no line"]),
        ({"refunds": [REFUND | {"amount": "-0.01"}]}, ["amount '-0.0100' is below 0"]),
        (
            {"refunds": [REFUND, REFUND | {"line_id": "", "created_at": "2026-10-10"}]},
            ["created_at"],
        ),
        ({"content": [CONTENT], "touches": [TOUCH | {"product_id": 3}]}, ["product_id '3'"]),
        (
            {"content_products": [{"content_id": "c", "product_id": 3}], "content": [CONTENT]},
            ["'3'"],
        ),
        ({"order_lines": [LINE | {"tax": "-1"}]}, ["order_lines.csv, line 2: tax", "below 0"]),
        ({"order_lines": [LINE | {"tax": "1.005"}]}, ["tax '1.0050'", "decimals"]),
        (
            {"order_lines": [LINE | {"tax": "25"}], "shop": [SHOP | {"taxes_included": "true"}]},
            ["line 2: tax '25.0000' is more than the line costs"],
        ),
        (
            {"order_lines": [LINE, SECOND_LINE | {"journey_ready": "false"}]},
            ["line 3: journey_ready 'false'", "first line"],
        ),
        ({"refunds": [REFUND | {"line_id": "", "tax": "1"}]}, ["refunds.csv, line 2: tax", "line"]),
        (
            {"refunds": [REFUND | {"tax": "13"}], "shop": [SHOP | {"taxes_included": "true"}]},
            ["tax '13.0000' is more than amount"],
        ),
        ({"products": [PRODUCT | {"unit_cost": "-0.01"}]}, ["unit_cost", "below 0"]),
        (
            {
                "products": [PRODUCT | {"inventory": 3}],
                "product_variants": [
                    {"variant_id": 31, "product_id": 1, "title": "L", "sku": "", "price": ""}
                ],
            },
            ["products.csv, line 2: inventory '3'", "product_variants.inventory_quantity"],
        ),
        ({"order_visits": [VISIT | {"order_id": 9}]}, ["order_visits.csv", "order_id '9'"]),
        (
            {"order_visits": [VISIT | {"occurred_at": "2026-10-03T16:00:00Z"}]},
            ["line 2: occurred_at", "after its order"],
        ),
        (
            {"order_visits": [VISIT | {"visit_id": 1}, VISIT | {"visit_id": 1}]},
            ["line 3: visit_id '1' is there twice"],
        ),
        (
            {"order_visits": [VISIT | {"visit_id": 1}, VISIT | {"visit_id": ""}]},
            ["line 3: visit_id is empty where"],
        ),
        ({"order_visits": [VISIT | {"source_type": "AD!"}]}, ["source_type 'AD!'", "NEWSLETTER"]),
        ({"order_visits": [VISIT | {"utm": "x"}]}, ["unknown column 'utm'"]),
        ({"shop": [SHOP | {"timezone": "Sydney"}]}, ["timezone 'Sydney'", "Australia/Sydney"]),
        ({"shop": [SHOP, SHOP]}, ["shop.csv", "one row"]),
        ({"order_line": [LINE]}, ["order_line.csv", "did you mean"]),
    ],
)
def test_faults_leave_the_store_as_it_was(tmp_path, tables, told):
    store = tmp_path / "state" / "store.duckdb"
    load_folder(shop(tmp_path), store)
    before = store.read_bytes()
    (tmp_path / "bad").mkdir()
    folder = shop(tmp_path / "bad", **tables)
    if "order_line" in tables:
        (folder / "order_lines.csv").unlink()
    with pytest.raises(FolderError) as error:
        load_folder(folder, store)
    for part in told:
        assert part in str(error.value)
    assert store.read_bytes() == before
    assert list(store.parent.iterdir()) == [store]


def test_a_shop_without_orders_is_refused(tmp_path):
    folder = shop(tmp_path)
    lines = folder / "order_lines.csv"
    lines.write_text(lines.read_text().splitlines()[0])
    with pytest.raises(FolderError, match="no order lines"):
        load_folder(folder, tmp_path / "store.duckdb")


def test_the_fingerprint_is_the_datas(tmp_path):
    folder, store = shop(tmp_path), tmp_path / "store.duckdb"
    first = load_folder(folder, store)
    (folder / "README.txt").write_text("not data")
    assert load_folder(folder, store) == first
    shop(folder, order_lines=[LINE | {"quantity": 3}])
    assert load_folder(folder, store).fingerprint != first.fingerprint


INSTANTS = st.integers(0, 10**13).map(
    lambda microseconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
TITLES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=12).map(str.strip)
CENTS = st.integers(0, 10**9)


@st.composite
def shops(draw: st.DrawFn) -> dict[str, Rows]:
    """Tables of a small valid folder, with values as Python has them."""
    products = [
        {"product_id": i, "title": draw(TITLES) or None, "product_type": 'a,"b"', "vendor": None,
         "price": Decimal(draw(CENTS)) / 100}
        for i in draw(st.lists(st.integers(1, 2**63 - 1), min_size=1, max_size=4, unique=True))
    ]  # fmt: skip
    lines: Rows = []
    refunds: Rows = []
    for order_id in draw(st.lists(st.integers(1, 2**63 - 1), min_size=1, max_size=4, unique=True)):
        order = {"order_id": order_id, "customer_id": draw(st.none() | st.integers(1, 5)),
                 "currency": draw(st.sampled_from(["AUD", "EUR"])), "processed_at": draw(INSTANTS),
                 "cancelled_at": None, "test": draw(st.booleans())}  # fmt: skip
        for _ in range(draw(st.integers(1, 3))):
            quantity, price = draw(st.integers(1, 9)), draw(CENTS)
            discount = draw(st.integers(0, quantity * price))
            lines.append(order | {
                "line_id": len(lines) + 1, "quantity": quantity,
                "product_id": draw(st.sampled_from(products))["product_id"],
                "unit_price": Decimal(price) / 100,
                "discount": Decimal(discount) / 100})  # fmt: skip
        if draw(st.booleans()):
            later = order["processed_at"] + timedelta(hours=draw(st.integers(0, 99)))
            refunds.append({
                "refund_id": len(refunds) + 1, "order_id": order_id, "line_id": len(lines),
                "quantity": draw(st.integers(0, 3)), "amount": Decimal(draw(CENTS)) / 100,
                "created_at": later})  # fmt: skip
    return {"products": products, "order_lines": draw(st.permutations(lines)), "refunds": refunds}


SCHEMAS = {
    "products": {"title": pa.string(), "vendor": pa.string(), "price": pa.decimal128(18, 2)},
    "order_lines": {"customer_id": pa.int64(), "cancelled_at": pa.timestamp("us", "UTC"),
                    "unit_price": pa.decimal128(18, 2), "discount": pa.decimal128(18, 2)},
    "refunds": {"amount": pa.decimal128(18, 2)},
}  # fmt: skip


def write_parquet(folder: Path, **tables: Rows) -> Path:
    for table, rows in tables.items():
        columns = {
            name: pa.array([row[name] for row in rows], SCHEMAS[table].get(name))
            for name in rows[0]
        }
        pq.write_table(pa.table(columns), folder / f"{table}.parquet")
    return folder


@settings(max_examples=12, deadline=None)
@given(tables=shops())
def test_csv_and_parquet_give_the_same_store(tmp_path_factory, tables):
    """Either way in, the store holds what Python reckons from the rows, to the cent."""
    tables = {table: rows for table, rows in tables.items() if rows}
    one, other = tmp_path_factory.mktemp("csv"), tmp_path_factory.mktemp("parquet")
    load_folder(write_csv(one, **tables), one / "store.duckdb")
    load_folder(write_parquet(other, **tables), other / "store.duckdb")
    assert dump(one / "store.duckdb") == dump(other / "store.duckdb")

    totals: dict[int, Decimal] = {}
    for line in tables["order_lines"]:
        net = line["quantity"] * line["unit_price"] - line["discount"]
        totals[line["order_id"]] = totals.get(line["order_id"], Decimal(0)) + net
    refunded = {refund["order_id"]: refund["amount"] for refund in tables.get("refunds", [])}
    query = "SELECT id, total_price, total_refunded, current_total_price FROM orders ORDER BY id"
    assert stored(one / "store.duckdb", query) == [
        (order, total, back := refunded.get(order, Decimal(0)), max(total - back, Decimal(0)))
        for order, total in sorted(totals.items())
    ]
    titles = dict(stored(one / "store.duckdb", "SELECT id, title FROM products"))
    assert titles == {row["product_id"]: row["title"] or "" for row in tables["products"]}
