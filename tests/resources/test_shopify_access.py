"""The resource with rights of all kinds, with large objects, and in front of a failing shop."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.demo.store.access import Access
from nerdx_pipelines.errors import ConfigError, ShopifyError
from nerdx_pipelines.resources.shopify import ShopifyResource
from nerdx_pipelines.shopify.reader import Reader
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.demo.store.demo_shop import INVENTORY, LARGEST_ID, SHOP, TOKEN, running, write_store
from tests.shopify.faulty_shop import LARGE

IN_APRIL = datetime(2026, 4, 20, tzinfo=UTC)
RIGHTS = {
    "no history": {"read_orders", "read_customers", "read_products", "read_inventory"},
    "no people": {"read_orders", "read_all_orders", "read_products"},
    "no orders": {"read_customers"},
}


@contextmanager
def serving(folder: Path, **choices: object) -> Iterator[str]:
    store = write_store(folder / "store.duckdb", SHOP + LARGE + INVENTORY)
    app = create_app(
        store, token=TOKEN, files_dir=folder / "bulk", bucket=1e9, restore=1e9, **choices
    )
    with running(app) as url:
        yield url


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    tokens = {name: Access(frozenset(scopes), now=IN_APRIL) for name, scopes in RIGHTS.items()}
    folder = tmp_path_factory.mktemp("shop")
    with serving(folder, tokens=tokens, client=("an app", "its secret")) as address:
        yield address


@pytest.fixture
def resource(url: str) -> ShopifyResource:
    return ShopifyResource(shop_url=url, access_token=TOKEN)


def with_token(url: str, token: str) -> ShopifyResource:
    return ShopifyResource(shop_url=url, access_token=token)


def test_an_app_s_id_and_secret_are_enough(url: str, tmp_path: Path):
    kept = tmp_path / "token"
    resource = ShopifyResource(
        shop_url=url, client_id="an app", client_secret="its secret", token_file=str(kept)
    )
    assert resource.get_shop_info()["name"] == 'Awkward "Shop"'
    assert len(resource.sync_products(limit=2)) == 2
    assert b"its secret" not in kept.read_bytes()
    wrong = ShopifyResource(
        shop_url=url, client_id="an app", client_secret="guessed", token_file=str(tmp_path / "no")
    )
    with pytest.raises((ShopifyError, ConfigError), match="SHOPIFY_CLIENT_SECRET"):
        wrong.get_shop_info()


def test_what_lies_in_large_objects_is_read_to_the_end(resource: ShopifyResource):
    order = resource.sync_orders()[-1]
    assert order["order_id"] == LARGEST_ID
    assert {line["line_id"] for line in order["line_items"]} == {LARGEST_ID - k for k in range(60)}
    (refund,) = order["refunds"]
    assert len(refund["refund_lines"]) == 10
    product = resource.sync_products()[-1]
    assert {v["variant_id"] for v in product["variants"]} == {LARGEST_ID - k for k in range(30)}


def test_orders_that_shopify_hides_are_an_error(url: str, caplog: pytest.LogCaptureFixture):
    resource = with_token(url, "no history")
    for call in (
        resource.sync_orders,
        lambda: resource.sync_orders(created_after="2026-04-01"),
        lambda: resource.get_sales_analytics("2026-04-01", "2026-04-02"),
    ):
        with pytest.raises(ShopifyError, match="Grant the app read_all_orders"):
            call()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with caplog.at_level(logging.WARNING):
        assert resource.get_sales_analytics(yesterday, yesterday)["orders"] == 0
    assert "Without the scope read_all_orders orders older than 60 days are not seen" in caplog.text


def test_orders_without_people(url: str):
    resource = with_token(url, "no people")
    orders = resource.sync_orders()
    assert len(orders) == 41
    assert {order["customer_id"] for order in orders} == {None}
    with pytest.raises(
        ShopifyError, match="customers are not pulled: grant the app read_customers"
    ):
        resource.sync_customers()


def test_people_without_orders(url: str):
    resource = with_token(url, "no orders")
    assert len(resource.sync_customers()) == 4
    with pytest.raises(ShopifyError, match="grant the app read_products"):
        resource.sync_products()
    for call in (
        resource.sync_orders,
        lambda: resource.get_sales_analytics("2026-04-01", "2026-04-02"),
    ):
        with pytest.raises(ShopifyError, match="grant the app read_orders"):
            call()


def test_nothing_is_lost_or_doubled_by_a_shop_that_fails(resource: ShopifyResource, tmp_path: Path):
    names = ("internal_error", "bad_gateway", "cut", "throttle")
    with serving(tmp_path, faults={"seed": 7, **dict.fromkeys(names, 0.05)}) as bad:
        client = ShopifyClient(bad, SecretStr(TOKEN), "2026-10", sleep=lambda _: None)
        reader = Reader(client)
        assert reader.orders() == resource.sync_orders()
        assert reader.products() == resource.sync_products()
        march = ("2026-03-01", "2026-04-20")
        assert reader.sales(*march) == resource.get_sales_analytics(*march)
        assert client.stats.retried > 0
