"""Shops that answer wrongly on demand, a small and a large one, and a client that never waits."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.demo.store.demo_shop import TOKEN
from tests.shopify.faulty_shop import FaultyShop, serving
from tests.shopify.large_shop import LargeShop, large_shop


@pytest.fixture(scope="session")
def faulty_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyShop]:
    with serving(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def shop(faulty_shop: FaultyShop) -> Iterator[FaultyShop]:
    """The same, in order again."""
    faulty_shop.reset()
    yield faulty_shop
    faulty_shop.reset()


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the client would have waited."""
    return []


@pytest.fixture
def client(shop: FaultyShop, waits: list[float]) -> ShopifyClient:
    return ShopifyClient(shop.url, SecretStr(TOKEN), "2026-10", sleep=waits.append)


@pytest.fixture(scope="session")
def large_all_along(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LargeShop]:
    with large_shop(tmp_path_factory.mktemp("large")) as shop:
        yield shop


@pytest.fixture
def large(large_all_along: LargeShop) -> Iterator[LargeShop]:
    """The large one, in order again; its rows stay as they are."""
    large_all_along.http.reset()
    yield large_all_along
    large_all_along.http.reset()
