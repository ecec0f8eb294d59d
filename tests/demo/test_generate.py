"""The generated shop: the same for the same seed, accepted by the loader, and not too tame."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from nerdx_pipelines.demo.dataset import load_folder
from nerdx_pipelines.demo.generate import generate
from nerdx_pipelines.folder.reading import drop_redeliveries, read_tables

END = date(2026, 11, 21)
SMALL = {"orders": 300, "days": 40, "end": END}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("generated")
    generate(made, end=END)
    return made


@pytest.fixture(scope="module")
def con(folder):
    with duckdb.connect() as connection:
        read_tables(connection, folder)
        yield connection


def one(con, query):
    return con.execute(query).fetchall()[0]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        generate(tmp_path / name, seed=seed, **SMALL)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert (
        contents(tmp_path / "a")["touches.parquet"] != contents(tmp_path / "c")["touches.parquet"]
    )


@pytest.mark.parametrize(("orders", "days", "seed"), [(1, 1, 1), (25, 2, 2), (300, 40, 3)])
def test_any_size_is_a_valid_folder(tmp_path, orders, days, seed):
    generate(tmp_path / "folder", orders=orders, days=days, seed=seed, end=END)
    dataset = load_folder(tmp_path / "folder", tmp_path / "store.duckdb")
    with duckdb.connect(tmp_path / "store.duckdb", read_only=True) as con:
        assert one(con, "SELECT count(*) FROM orders") == (orders,)
    assert dataset.last_day <= END
    assert (END - dataset.first_day).days < days


def test_the_shop_and_its_period(folder, tmp_path):
    dataset = load_folder(folder, tmp_path / "store.duckdb")
    assert (dataset.name, dataset.timezone, dataset.currency) == (
        "NERDX Demo", "Australia/Sydney", "AUD",
    )  # fmt: skip
    assert (dataset.first_day, dataset.last_day) == (date(2026, 5, 26), END)
    with duckdb.connect(tmp_path / "store.duckdb", read_only=True) as con:
        latest = "SELECT CAST(timezone('Australia/Sydney', max(updated_at)) AS DATE) FROM orders"
        assert one(con, latest) == (END,)
        statuses = con.execute("SELECT DISTINCT financial_status FROM orders").fetchall()
        assert {status for (status,) in statuses} == {
            "PAID", "PARTIALLY_REFUNDED", "REFUNDED", "VOIDED",
        }  # fmt: skip
        over = "SELECT count(*) FROM orders WHERE total_refunded > total_price"
        assert one(con, over) == (0,)
        # The pages that visitors landed on are the shop's.
        landed = r"regexp_extract(landing_page, '/products/([^?]*)', 1)"
        found = f"{landed} <> '' AND {landed} NOT IN (SELECT handle FROM products)"
        assert one(con, f"SELECT count(*) FROM order_visits WHERE {found}") == (0,)


SHARES = {
    "guests": ("customer_id IS NULL", 0.10, 0.14),
    "tests": ("test", 0.003, 0.008),
    "cancelled": ("cancelled_at IS NOT NULL", 0.015, 0.025),
    "foreign": ("presentment_currency <> 'AUD'", 0.13, 0.17),
    "refunded": ("order_id IN (SELECT order_id FROM refunds)", 0.06, 0.12),
    "with a deleted product": ("product_id IS NULL", 0.003, 0.03),
    "with a free gift": ("quantity * unit_price = discount", 0.01, 0.05),
    "not attributed yet": ("NOT journey_ready", 0.015, 0.03),
    "with a journey": ("order_id IN (SELECT order_id FROM order_visits)", 0.4, 0.7),
    "led to by content": (
        "order_id IN (SELECT order_id FROM order_visits WHERE utm_content IS NOT NULL)",
        0.2,
        0.4,
    ),
}


@pytest.mark.parametrize("awkward", SHARES)
def test_orders_are_awkward_as_often_as_meant(con, awkward):
    condition, least, most = SHARES[awkward]
    share = f"count(DISTINCT order_id) FILTER ({condition}) / count(DISTINCT order_id)"
    assert least <= one(con, f"SELECT {share} FROM order_lines")[0] <= most


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM order_lines WHERE unit_price = 0",
        "SELECT count(*) FROM refunds WHERE line_id IS NULL",
        "SELECT count(*) FROM refunds WHERE note = 'Order edited' AND restock_type = 'NO_RESTOCK'",
        "SELECT count(*) FROM customers WHERE customer_id > 9223372036854000000",
        "SELECT count(*) FROM content_products WHERE valid_to IS NOT NULL",
        "SELECT count(*) FROM content WHERE production_cost IS NULL",
        "SELECT count(*) - count(DISTINCT event_id) FROM touches",
        "SELECT count(*) FROM touches WHERE user_id NOT IN (SELECT customer_id FROM customers)",
        "SELECT count(*) FROM touches WHERE user_id IS NULL AND anonymous_id NOT IN"
        " (SELECT anonymous_id FROM identities)",
        "SELECT count(*) FROM touches WHERE anonymous_id IN (SELECT anonymous_id FROM identities)",
        "SELECT count(*) FROM touches t JOIN order_lines l ON l.customer_id = t.user_id"
        " AND l.processed_at = t.touched_at",
        "SELECT count(*) FROM touches t JOIN order_lines l ON l.customer_id = t.user_id"
        " AND l.processed_at = t.touched_at + INTERVAL 7 DAY",
        "SELECT count(*) FROM product_variants WHERE unit_cost IS NULL",
        "SELECT count(*) FROM order_visits WHERE source = 'direct'",
        "SELECT count(*) FROM order_visits WHERE source_type IS NULL AND referrer_url IS NOT NULL",
        "SELECT count(*) FROM order_visits v JOIN order_lines l USING (order_id)"
        " WHERE NOT l.journey_ready AND utm_content IS NOT NULL",
    ],
)
def test_every_awkward_case_is_there(con, query):
    assert one(con, query)[0] >= 5 or "customers WHERE customer_id >" in query


def test_a_visit_from_content_is_a_click_of_the_buyer(con):
    """A moment after it, by the account or by the anonymous id that it is mapped to."""
    clicks = (
        "FROM touches t LEFT JOIN identities i USING (anonymous_id)"
        " WHERE coalesce(t.user_id, i.customer_id) = l.customer_id AND touch_type = 'click'"
        " AND t.content_id = v.utm_content"
        " AND v.occurred_at BETWEEN date_trunc('second', t.touched_at)"
        " AND t.touched_at + INTERVAL 5 SECOND"
    )
    stray = one(
        con,
        "SELECT count(*) FROM order_visits v JOIN order_lines l USING (order_id)"
        f" WHERE utm_content IS NOT NULL AND NOT EXISTS ({clicks})",
    )
    assert stray == (0,)


def test_costs_leave_a_margin(con):
    share = "SELECT sum(unit_cost) / sum(price), max(unit_cost / price) FROM product_variants"
    average, most = one(con, share + " WHERE unit_cost IS NOT NULL")
    assert 0.3 < average < 0.6
    assert most < 1


def test_most_touches_are_views_and_few_viewers_are_most_of_them(con):
    share = "SELECT count(*) FILTER (touch_type = 'view') / count(*), count(*) FROM touches"
    views, touches = one(con, share)
    assert 0.8 <= views <= 0.9
    assert 70_000 <= touches <= 90_000
    (top,) = one(
        con,
        "SELECT sum(n) FILTER (place <= 0.1) / sum(n) FROM (SELECT count(*) AS n,"
        " percent_rank() OVER (ORDER BY count(*) DESC) AS place FROM touches"
        " GROUP BY coalesce(CAST(user_id AS VARCHAR), anonymous_id))",
    )
    assert top > 0.4


def test_views_make_people_buy_what_is_featured(folder):
    """Within 7 days before a purchase much more revenue has a view than within 7 days after."""
    with duckdb.connect() as con:
        read_tables(con, folder)
        drop_redeliveries(con)
        seen = (
            "EXISTS (FROM stitched t JOIN content_products f USING (content_id)"
            " WHERE t.person = l.customer_id AND f.product_id = l.product_id"
            " AND t.touched_at >= coalesce(f.valid_from, t.touched_at)"
            " AND t.touched_at < coalesce(f.valid_to, 'infinity') AND {})"
        )
        before = seen.format("t.touched_at BETWEEN processed_at - INTERVAL 7 DAY AND processed_at")
        after = seen.format("t.touched_at BETWEEN processed_at AND processed_at + INTERVAL 7 DAY")
        attributed, placebo = one(
            con,
            "WITH stitched AS (SELECT *, coalesce(user_id, customer_id) AS person FROM touches"
            " LEFT JOIN identities USING (anonymous_id)),"
            " sold AS (SELECT quantity * unit_price - discount AS net,"
            f" {before} AS attributed, {after} AS placebo FROM order_lines l"
            " WHERE customer_id IS NOT NULL AND cancelled_at IS NULL)"
            " SELECT sum(net) FILTER (attributed) / sum(net), sum(net) FILTER (placebo) / sum(net)"
            " FROM sold",
        )
    assert 0.35 <= attributed <= 0.55
    assert placebo < attributed / 4
