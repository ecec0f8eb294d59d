"""The shop's resource in a person's hands, against what the pipeline makes of the same shop."""

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import duckdb
import pytest

from nerdx_pipelines.automation import range_tags
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.demo.dataset import load_folder
from nerdx_pipelines.demo.generate import generate
from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.errors import ConfigError, ShopifyError
from nerdx_pipelines.resources.shopify import ShopifyResource
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.warehouse.database import Warehouse
from tests.demo.store.demo_shop import TOKEN, running

SYDNEY = ZoneInfo("Australia/Sydney")
FIRST, LAST = date(2026, 3, 20), date(2026, 4, 18)  # over the night in which clocks change

# What a generated shop has none of, or little.
AWKWARD = """
UPDATE orders SET test = true WHERE id % 17 = 0;
UPDATE orders SET cancelled_at = processed_at + INTERVAL 30 HOUR, cancel_reason = 'CUSTOMER',
    updated_at = updated_at + INTERVAL 40 DAY WHERE id % 13 = 0;
UPDATE orders SET currency_code = 'KWD', presentment_currency_code = 'KWD' WHERE id % 11 = 0;
UPDATE line_items SET is_gift_card = true WHERE id % 19 = 0;
UPDATE orders SET taxes_included = true WHERE id % 3 = 0;
UPDATE line_items SET tax = round((unit_price * quantity - total_discount) / 11, 2)
WHERE order_id % 3 = 0;
UPDATE refund_line_items SET total_tax = round(subtotal / 11, 2);
UPDATE customers SET email = NULL, redacted = true WHERE id % 7 = 0;
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    generate(folder / "data", orders=600, days=30, seed=11, end=LAST)
    load_folder(folder / "data", folder / "store.duckdb")
    with duckdb.connect(folder / "store.duckdb") as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(AWKWARD)
    return folder / "store.duckdb"


@pytest.fixture(scope="module")
def url(store: Path) -> Iterator[str]:
    app = create_app(store, token=TOKEN, files_dir=store.parent / "bulk", bucket=1e9, restore=1e9)
    with running(app) as address:
        yield address


@pytest.fixture(scope="module")
def resource(url: str) -> ShopifyResource:
    return ShopifyResource(shop_url=url, access_token=TOKEN)


@pytest.fixture(scope="module")
def warehouse(url: str, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """What the assets make of the same shop, with the client that the resource gives them."""
    settings = Settings(
        _env_file=None,
        NERDX_DATA_DIR=str(tmp_path_factory.mktemp("data")),
        NERDX_TIMEZONE=str(SYDNEY),
        NERDX_START_DATE=str(FIRST),
        NERDX_END_DATE=str(LAST + timedelta(days=3)),
        SHOPIFY_SHOP_URL=url,
        SHOPIFY_ACCESS_TOKEN=TOKEN,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOPIFY_SHOP_URL", url)
        patch.setenv("SHOPIFY_ACCESS_TOKEN", TOKEN)
        job = build_defs(settings).resolve_implicit_global_asset_job_def()
        wanted = ["shopify_orders", "shopify_products", "shopify_customers", "daily_sales"]
        with dg.DagsterInstance.ephemeral() as instance:
            for names in (wanted[1:3], wanted[:1], wanted[3:]):
                done = job.execute_in_process(
                    instance=instance,
                    asset_selection=_with_siblings(names),
                    tags=range_tags(str(FIRST), str(LAST + timedelta(days=3)))
                    if "shopify_products" not in names
                    else {},
                )
                assert done.success
    return Warehouse(settings.warehouse_path, str(SYDNEY))


def _with_siblings(names: list[str]) -> list[dg.AssetKey]:
    siblings = {
        "shopify_orders": [
            "shopify_order_lines",
            "shopify_refunds",
            "shopify_refund_lines",
            "shopify_order_visits",
        ],
        "shopify_products": ["shopify_product_variants"],
    }
    return [dg.AssetKey(key) for name in names for key in (name, *siblings.get(name, []))]


def table(warehouse: Warehouse, name: str, order: str) -> list[dict[str, Any]]:
    with warehouse.read() as con:
        return con.execute(f"FROM {name} ORDER BY {order}").to_arrow_table().to_pylist()


def flat(rows: list[dict[str, Any]], *inside: str) -> list[dict[str, Any]]:
    """The rows inside rows, along the path."""
    for name in inside:
        rows = [child for row in rows for child in row[name]]
    return rows


def same(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], *key: str) -> None:
    """Equal in every column that the table has; there must be some to compare."""
    assert theirs
    columns = list(theirs[0])
    ours = [{column: row[column] for column in columns} for row in ours]
    assert sorted(ours, key=lambda row: [row[k] for k in key]) == theirs


def test_orders_are_those_of_staging(resource: ShopifyResource, warehouse: Warehouse):
    orders = resource.sync_orders()
    same(orders, table(warehouse, "staging.orders", "order_id"), "order_id")
    lines = table(warehouse, "staging.order_lines", "line_id")
    same(flat(orders, "line_items"), lines, "line_id")
    same(flat(orders, "refunds"), table(warehouse, "staging.refunds", "refund_id"), "refund_id")
    same(
        flat(orders, "refunds", "refund_lines"),
        table(warehouse, "staging.refund_lines", "refund_id, line_id"),
        "refund_id",
        "line_id",
    )
    assert any(line["tax"] for line in lines)
    assert {order["currency"] for order in orders} == {"AUD", "KWD"}


def test_products_and_customers_are_those_of_staging(
    resource: ShopifyResource, warehouse: Warehouse
):
    products = resource.sync_products()
    same(products, table(warehouse, "staging.products", "product_id"), "product_id")
    variants = table(warehouse, "staging.product_variants", "variant_id")
    same(flat(products, "variants"), variants, "variant_id")
    customers = table(warehouse, "staging.customers", "customer_id")
    same(resource.sync_customers(), customers, "customer_id")
    assert any(row["email"] is None for row in customers)


def test_values_are_exact_and_in_utc(resource: ShopifyResource):
    (order,) = resource.sync_orders(limit=1)
    assert isinstance(order["order_id"], int)
    assert isinstance(order["total_price"], Decimal)
    assert order["processed_at"].tzinfo is UTC
    assert order["order_day"] == order["processed_at"].astimezone(SYDNEY).date()


@pytest.mark.parametrize(
    ("start", "end"), [(FIRST, LAST + timedelta(days=3)), (date(2026, 4, 4), date(2026, 4, 6))]
)
def test_sales_are_those_of_daily_sales(
    resource: ShopifyResource, warehouse: Warehouse, start: date, end: date
):
    found = resource.get_sales_analytics(start, str(end))
    names = ("orders", "gross_sales", "discounts", "returns", "net_sales")
    ours = {
        (row["day"], row["currency"]): tuple(row[name] for name in names) for row in found["days"]
    }
    theirs = {
        (row["day"], row["currency"]): tuple(row[name] for name in names)
        for row in table(warehouse, "kpi.daily_sales", "day")
        if start <= row["day"] <= end
    }
    assert theirs
    # A day on which nothing but gift cards was ordered has no sales, and no row there.
    assert {key: ours[key] for key in theirs} == theirs
    assert all(set(ours[key][1:]) == {0} for key in ours.keys() - theirs.keys())
    for currency, totals in found["currencies"].items():
        for name in names:
            days = [row[name] for row in found["days"] if row["currency"] == currency]
            assert totals[name] == sum(days)
        ordered = totals["gross_sales"] - totals["discounts"]
        error = totals["average_order_value"] * totals["orders"] - ordered
        assert abs(error) <= Decimal("0.005") * totals["orders"]
    assert {name: found[name] for name in names} == {
        name: found["currencies"]["AUD"][name] for name in names
    }
    assert found["returns"] > 0


def test_the_top_products_sold_most(resource: ShopifyResource):
    found = resource.get_sales_analytics(FIRST, LAST)
    top = [row for row in found["top_products"] if row["currency"] == "AUD"]
    assert len(found["top_products"]) == 10
    assert top == sorted(top, key=lambda row: -row["net_sales"])
    orders = [o for o in resource.sync_orders() if not o["test"] and o["currency"] == "AUD"]
    lines = flat([o for o in orders if FIRST <= o["order_day"] <= LAST], "line_items")
    best = [
        line["quantity"]
        for line in lines
        if line["product_id"] == top[0]["product_id"] and not line["is_gift_card"]
    ]
    assert top[0]["units_ordered"] == sum(best)


def test_days_without_orders_have_no_average(resource: ShopifyResource):
    found = resource.get_sales_analytics("2026-01-01", "2026-01-31")
    assert (found["orders"], found["net_sales"], found["average_order_value"]) == (0, 0, None)
    assert found["days"] == []


def test_only_what_changed_since(resource: ShopifyResource):
    moment = datetime(2026, 4, 10, 1, 2, 3, tzinfo=UTC)
    for call in (resource.sync_orders, resource.sync_products, resource.sync_customers):
        everything = call()
        expected = [row for row in everything if row["updated_at"] >= moment]
        assert 0 < len(expected) < len(everything)
        for since in (moment, moment.isoformat(), moment.astimezone(SYDNEY)):
            assert call(updated_after=since) == expected
        local = moment.astimezone(SYDNEY).replace(tzinfo=None)
        assert call(updated_after=local) == expected
        assert call(updated_after=moment, limit=2) == expected[:2]
        assert call(updated_after=moment, limit=0) == []


def test_only_what_was_created_between(resource: ShopifyResource):
    start, end = date(2026, 4, 1), date(2026, 4, 6)
    found = resource.sync_orders(created_after=start, created_before="2026-04-06")
    assert found
    assert found == [
        order
        for order in resource.sync_orders()
        if start <= order["created_at"].astimezone(SYDNEY).date() < end
    ]


def test_only_orders_of_a_status(resource: ShopifyResource):
    cancelled = resource.sync_orders(status="cancelled")
    assert cancelled == [o for o in resource.sync_orders() if o["cancelled_at"]]
    with pytest.raises(ShopifyError, match="'shipped' is no status"):
        resource.sync_orders(status="shipped")


def test_a_limit_is_kept_and_children_are_whole(resource: ShopifyResource):
    everything = resource.sync_orders()
    for limit in (1, 7, len(everything) + 1):
        assert resource.sync_orders(limit=limit) == everything[:limit]
    assert resource.sync_products(limit=3) == resource.sync_products()[:3]
    with pytest.raises(ShopifyError, match="negative"):
        resource.sync_products(limit=-1)


def test_the_shop_says_what_it_is(resource: ShopifyResource):
    shop = resource.get_shop_info()
    assert shop["domain"].endswith(".myshopify.com")
    assert (shop["currency"], shop["time_zone"]) == ("AUD", str(SYDNEY))
    assert "read_orders" in shop["scopes"]
    assert shop["api_version"] == "2026-10"


@pytest.mark.parametrize("when", ["yesterday", "2026-02-30", ""])
def test_text_that_is_no_time_is_refused(resource: ShopifyResource, when: str):
    with pytest.raises(ShopifyError, match=r"no date or time: write 2026-11-22"):
        resource.sync_orders(updated_after=when)


def test_days_in_the_wrong_order_are_refused(resource: ShopifyResource):
    with pytest.raises(ShopifyError, match="before they start"):
        resource.get_sales_analytics("2026-04-02", "2026-04-01")


def test_no_secret_is_shown(caplog: pytest.LogCaptureFixture, url: str):
    secret = "shpat_very_secret"
    with caplog.at_level(logging.DEBUG):
        resource = ShopifyResource(shop_url=url, access_token=secret)
        with pytest.raises(ShopifyError) as error:
            resource.get_shop_info()
    shown = f"{resource!r} {resource} {resource.client!r} {error.value} {caplog.text}"
    assert secret not in shown
    other = ShopifyResource(shop_url=url, client_id="app", client_secret=secret)
    assert secret not in f"{other!r} {other.client!r}"


def test_what_is_not_set_is_named(url: str, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ConfigError, match="SHOPIFY_ACCESS_TOKEN"):
        ShopifyResource(shop_url=url).get_shop_info()
    with pytest.raises(ConfigError, match="SHOPIFY_SHOP_URL"):
        ShopifyResource(shop_url="", access_token=TOKEN).get_shop_info()


def test_names_of_variables_work_without_a_run(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOME_SHOP", url)
    monkeypatch.setenv("SOME_TOKEN", TOKEN)
    resource = ShopifyResource(
        shop_url=dg.EnvVar("SOME_SHOP"), access_token=dg.EnvVar("SOME_TOKEN")
    )
    assert resource.get_shop_info()["currency"] == "AUD"
